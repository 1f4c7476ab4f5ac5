"""Progress on the terminal: a line that rewrites itself, or plain lines in a log."""
import sys
import time

from .errors import human


class Progress:
    def __init__(self, stream=sys.stderr):
        self.stream = stream
        self.live = stream.isatty()
        self.last = 0.0
        self.width = 0

    def say(self, text: str) -> None:
        self._clear()
        print(text, file=self.stream, flush=True)

    def update(self, name: str, what: str, fraction: float | None, detail: str = "") -> None:
        """Shows the state of one step; in a log at most one line in five seconds."""
        now = time.monotonic()
        if now - self.last < (0.1 if self.live else 5.0):
            return
        self.last = now
        percent = "" if fraction is None else f" {min(fraction, 1.0) * 100:3.0f} %"
        line = f"  {name}: {what}{percent}{' ' + detail if detail else ''}"
        if self.live:
            self.stream.write("\r" + line.ljust(self.width))
            self.stream.flush()
            self.width = len(line)
        else:
            print(line, file=self.stream, flush=True)

    def bytes(self, name: str, what: str, done: int, total: int) -> None:
        self.update(name, what, done / total if total else None, f"({human(done)} of {human(total)})")

    def _clear(self) -> None:
        if self.live and self.width:
            self.stream.write("\r" + " " * self.width + "\r")
            self.width = 0
