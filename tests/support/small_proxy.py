"""A small proxy in a thread, which buffers whole requests, and makes one mistake on request."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class SmallProxy(BaseHTTPRequestHandler):
    """Passes requests on to a port. `fault`: "" for none, or what a test names."""

    port = 0
    fault = ""

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.fault == "nothing is behind it":
            # Like nginx.conf, it has a page for /help.
            self.send_response(200 if self.path == "/help" else 502)
            self.end_headers()
            return
        del self.headers["Connection"]
        listed = [value for value in (self.headers["X-Forwarded-For"],) if value]
        del self.headers["X-Forwarded-For"]
        match self.fault:
            case "it passes on what the client says":
                pass
            case "it sends no address":
                listed = []
            case "another one is behind it":
                listed = [*listed, self.client_address[0], "10.0.0.7"]
            case _:
                listed = [*listed, self.client_address[0]]
        if self.fault == "it sends its own host":
            self.headers.replace_header("Host", f"127.0.0.1:{self.port}")
        if listed:
            self.headers["X-Forwarded-For"] = ", ".join(listed)
        behind = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        behind.request(self.command, self.path, body, dict(self.headers))
        answer = behind.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if self.fault != "it drops headers" or name != "Content-Security-Policy":
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        behind.close()

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def small_proxy(port: int, fault: str = "") -> Iterator[int]:
    """Run a proxy in front of a port of this machine, and yield its own port."""
    handler = type("Proxying", (SmallProxy,), {"port": port, "fault": fault})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
