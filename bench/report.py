"""What the benches share: percentiles, the machine's description, CPU seconds, and the table that is printed."""
import argparse
import datetime
import json
import os
import pathlib
import platform
import shlex
import sys

import psutil

ROOT = pathlib.Path(__file__).resolve().parents[1]


def percentile(values, share):
    """Nearest rank; None of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


def machine():
    model = "unknown CPU"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    memory = psutil.virtual_memory().total / (1 << 30)
    load = os.getloadavg()[0]
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.release()}, load {load:.1f} at the end"


def cpu_seconds(pid):
    """User and system time of a process and its children, in seconds."""
    process = psutil.Process(pid)
    total = 0.0
    for one in [process, *process.children(recursive=True)]:
        try:
            times = one.cpu_times()
            total += times.user + times.system
        except psutil.NoSuchProcess:
            pass
    return total


def resident_mib(pid):
    return psutil.Process(pid).memory_info().rss / (1 << 20)


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", metavar="FILE", help="write the figures there as well")
    return parser


def number(value):
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"
    return str(value)


def stamp(command):
    date = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"{date}. {machine()}.\n`{command}`\n"


class Report:
    """Rows of one or more tables; prints Markdown and writes JSON."""

    def __init__(self, name, options):
        self.name = name
        self.options = options
        self.tables = []
        self.notes = []

    def table(self, title, columns):
        table = {"title": title, "columns": columns, "rows": []}
        self.tables.append(table)
        return table["rows"]

    def note(self, text):
        self.notes.append(text)

    def finish(self):
        head = stamp(shlex.join(["bench/" + pathlib.Path(sys.argv[0]).name, *sys.argv[1:]]))
        print(head)
        for table in self.tables:
            print(f"**{table['title']}**\n")
            print("| " + " | ".join(table["columns"]) + " |")
            print("|" + "---|" * len(table["columns"]))
            for row in table["rows"]:
                print("| " + " | ".join(number(value) for value in row) + " |")
            print()
        for note in self.notes:
            print(f"{note}\n")
        if self.options.json:
            figures = {"name": self.name, "run": head, "tables": self.tables, "notes": self.notes}
            pathlib.Path(self.options.json).write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":  # for benches in C++: what stands above their table
    print(stamp(shlex.join(sys.argv[1:])))
