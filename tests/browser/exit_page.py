"""The clinic's neutral page, played by a test server that records request headers."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

NAME = "exit.test"
ADDRESS = f"https://{NAME}/"
HEADING = "The weather"
WAY_BACK = "The way back"


@dataclass
class ExitPage:
    """`port`: where the page is served. `requests`: the headers of each request for the page, names in lowercase."""

    port: int
    requests: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def served(folder: Path, leave: str) -> Iterator[ExitPage]:
    """Serve the page over HTTPS for the block. It links to `leave`, as another website could."""
    exit_page = ExitPage(0)

    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            if self.path == "/":
                exit_page.requests.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(200 if self.path == "/" else 204)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            if self.path == "/":
                page = f'<!doctype html><title>{HEADING}</title><h1>{HEADING}</h1><a href="{leave}">{WAY_BACK}</a>'
                self.wfile.write(page.encode())

        def log_message(self, *arguments: object) -> None:
            """Log nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *arguments: object) -> None:
            """Ignore connections that the browser opens ahead and drops."""

    with Server(("127.0.0.1", 0), Handler) as server:
        # The handshake runs in the connection's own thread, so that an idle connection blocks no other.
        server.socket = _secured(folder).wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        exit_page.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield exit_page
        finally:
            server.shutdown()
            thread.join()


def _secured(folder: Path) -> ssl.SSLContext:
    """Make a self-signed certificate, which the tests' browser accepts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "exit.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
