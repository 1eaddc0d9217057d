"""A small proxy in a thread, which buffers whole requests, and makes one mistake on request."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


class SmallProxy(BaseHTTPRequestHandler):
    """Passes requests on to a port. `fault`: "" for none, or what a test names."""

    port = 0
    fault = ""
    is_tls = False

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
        if self.is_tls:
            self.headers["X-Forwarded-Proto"] = "https"
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


def self_signed(name: str, days: int) -> bytes:
    """Make a certificate for a host name that is valid for this many days, or expired before, with its key, as PEM."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return built.public_bytes(Encoding.PEM) + secret


@contextmanager
def small_proxy(port: int, fault: str = "", certificate: Path | None = None) -> Iterator[int]:
    """Run a proxy in front of a port of this machine, and yield its own port. With a certificate it speaks TLS."""
    handler = type("Proxying", (SmallProxy,), {"port": port, "fault": fault, "is_tls": certificate is not None})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
