"""A chat provider on loopback that speaks the OpenAI wire: what an agent with model.provider
"openai_compatible" talks to in tests. It answers from a function of the messages it got, and keeps every
request, so that a test can see exactly which context reached the model.

`fault` names a way to fail (FAULTS); None: it works."""
import http.server
import json
import socket
import struct
import threading
import time

# What a provider may do to a request of a stream.
FAULTS = {
    "silence": "takes the request and never answers",
    "silence in the answer": "says two words, then nothing more, with the connection open",
    "no answer": "ends the stream before anything was said",
    "an empty answer": "an answer without words",
    "white space": "an answer of blanks",
    "an answer that breaks off": "says two words and closes, without an end",
    "a reset": "says two words and resets the connection",
    "no JSON": "an event that is no JSON",
    "a web page": "HTML with status 200",
    "an error in the stream": "two words, then an error event",
    "a nameless call": "a function call without a name",
}


class Provider:
    def __init__(self, answer=None, first_token_seconds=0.0):
        self.requests = []
        self.answer = answer or (lambda messages: f"You said: {messages[-1]['content']}")
        self.first_token_seconds = first_token_seconds
        self.status = 200
        self.headers = {}  # of a status that is not 200
        self.fault = None
        self.released = threading.Event()  # ends whatever is silent
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                provider.requests.append({"path": self.path, "headers": dict(self.headers), "body": body})
                if provider.status != 200:
                    payload = json.dumps({"error": {"message": "no", "type": "server_error"}}).encode()
                    self.send_response(provider.status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(payload)))
                    for name, value in provider.headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(payload)
                    return
                if provider.fault:
                    self.close_connection = True
                    try:
                        self.fail(provider.fault)
                    except OSError:
                        pass  # the client has left
                    return
                answer = provider.answer(body["messages"])
                if isinstance(answer, str):
                    answer = {"content": answer}
                time.sleep(provider.first_token_seconds)
                if body.get("stream"):
                    self.stream(body, answer)
                else:
                    self.whole(body, answer)

            def whole(self, body, answer):
                message = {"role": "assistant", "content": answer.get("content")}
                if answer.get("tool_calls"):
                    message["tool_calls"] = answer["tool_calls"]
                payload = json.dumps(
                    {
                        "id": "chatcmpl-1",
                        "object": "chat.completion",
                        "created": 1,
                        "model": body.get("model") or "test",
                        "choices": [{"index": 0, "message": message, "finish_reason": self.finish_reason(answer)}],
                        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
                    }
                ).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            @staticmethod
            def finish_reason(answer):
                return "tool_calls" if answer.get("tool_calls") else "stop"

            def fail(self, fault):
                if fault == "silence":
                    provider.released.wait(60)
                    return
                self.send_response(200)
                self.send_header("Content-Type", "text/html" if fault == "a web page" else "text/event-stream")
                self.send_header("Connection", "close")
                self.end_headers()

                def say(delta, finish=None):
                    choice = {"index": 0, "delta": delta, "finish_reason": finish}
                    self.wfile.write(f"data: {json.dumps({'id': 'x', 'choices': [choice]})}\n\n".encode())
                    self.wfile.flush()

                if fault == "a web page":
                    self.wfile.write(b"<!doctype html><title>Sign in</title>")
                elif fault == "an empty answer":
                    say({"role": "assistant", "content": ""}, "stop")
                elif fault == "white space":
                    say({"content": "  \n "}, "stop")
                elif fault == "no JSON":
                    self.wfile.write(b'data: {"choices": [{"delta": {"con\n\n')
                elif fault == "a nameless call":
                    say({"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}, "tool_calls")
                elif fault != "no answer":
                    say({"content": "Well, "})
                    say({"content": "you "})
                    if fault == "silence in the answer":
                        provider.released.wait(60)
                    elif fault == "a reset":
                        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        self.wfile.flush()
                        self.connection.close()
                    elif fault == "an error in the stream":
                        self.wfile.write(b'data: {"error": {"message": "the engine died", "code": 500}}\n\n')
                    else:
                        assert fault == "an answer that breaks off", fault

            def stream(self, body, answer):
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Connection", "close")
                self.end_headers()

                def chunk(delta, finish=None, usage=None):
                    event = {
                        "id": "chatcmpl-1",
                        "object": "chat.completion.chunk",
                        "created": 1,
                        "model": body.get("model") or "test",
                        "choices": [] if usage else [{"index": 0, "delta": delta, "finish_reason": finish}],
                    }
                    if usage:
                        event["usage"] = usage
                    self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
                    self.wfile.flush()

                try:
                    chunk({"role": "assistant", "content": ""})
                    for word in answer["content"].split(" ") if answer.get("content") else []:
                        chunk({"content": word + " "})
                        time.sleep(0.005)
                    for index, call in enumerate(answer.get("tool_calls") or []):
                        chunk({"tool_calls": [{"index": index, **call}]})
                    if answer.get("stalls"):  # goes on when the test says so, or never
                        while not provider.released.wait(0.1):
                            chunk({})
                    chunk({}, self.finish_reason(answer))
                    chunk({}, usage={"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15})
                    self.wfile.write(b"data: [DONE]\n\n")
                except (BrokenPipeError, ConnectionResetError):
                    pass
                self.close_connection = True

        self.httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.httpd.daemon_threads = True
        threading.Thread(target=self.httpd.serve_forever, daemon=True).start()
        self.base_url = f"http://127.0.0.1:{self.httpd.server_address[1]}/v1"

    def model(self, **fields):
        """The `model` object of an agent that talks to this provider."""
        return {
            "provider": "openai_compatible",
            "name": "test-model",
            "base_url": self.base_url,
            "api_key": "provider-secret-key",
            **fields,
        }

    def close(self):
        self.released.set()
        self.httpd.shutdown()
        self.httpd.server_close()
