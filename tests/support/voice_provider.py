"""A provider of own voices with OpenAI's API on loopback: keeps what it is sent, speaks a tone, fails when told to."""
import http.server
import json
import re
import threading

import numpy as np

RATE = 24000
HERTZ = 440  # of what it says: no stock voice hums like that


class VoiceProvider:
    def __init__(self):
        self.requests = []
        self.fault = None  # a status for everything
        self.made = 0
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                provider.requests.append({"method": "POST", "path": self.path, "headers": dict(self.headers), "body": body})
                if provider.fault:
                    return self.answer(provider.fault, {"error": {"message": "out of order"}})
                if self.path == "/v1/audio/speech":
                    return self.speak(json.loads(body)["input"])
                provider.made += 1
                kind = "cons" if self.path.endswith("voice_consents") else "voice"
                return self.answer(200, {"id": f"{kind}_there{provider.made}"})

            def do_DELETE(self):
                provider.requests.append({"method": "DELETE", "path": self.path, "headers": dict(self.headers)})
                return self.answer(provider.fault or 200, {"deleted": True})

            def speak(self, text):
                seconds = 0.3 + 0.03 * len(text)
                tone = 0.3 * np.sin(2 * np.pi * HERTZ * np.arange(int(seconds * RATE)) / RATE)
                self.send((tone * 32767).astype("<i2").tobytes(), "audio/pcm")

            def answer(self, status, body):
                self.send(json.dumps(body).encode(), "application/json", status)

            def send(self, body, kind, status=200):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def paths(self, method="POST"):
        return [one["path"] for one in self.requests if one["method"] == method]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def is_tone(samples):
    """Whether this was said by the provider. By tenths of a second, since two clauses meet in any phase."""
    length = RATE // 10
    tenths = [samples[at : at + length] for at in range(0, max(len(samples) - length, 0) + 1, length)]
    return sum(map(is_tone_throughout, tenths)) > 0.8 * len(tenths)


def is_tone_throughout(samples):
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 4 * RATE))
    peak = np.argmax(spectrum) / 4
    return abs(peak - HERTZ) < 10


def field(request, name):
    """A field of the form that was sent."""
    found = re.search(rb'name="' + name.encode() + rb'"[^\r]*\r\n(?:[^\r]+\r\n)*\r\n(.*?)\r\n--', request["body"], re.S)
    return found.group(1) if found else None
