"""A real timestamp authority on the loopback: `openssl ts` behind HTTP, with a CA and a certificate of its own."""

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric import rsa as rsa_keys
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.servers import free_port, require

DAY = timedelta(days=1)
_CONFIGURATION = """
[tsa]
default_tsa = it
[it]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""
Signed = tuple[x509.Certificate, ec.EllipticCurvePrivateKey | rsa_keys.RSAPrivateKey]


def certificate(
    name: str,
    by: Signed | None = None,
    *,
    usage: x509.ObjectIdentifier | None = None,
    rsa: bool = False,
    begins: datetime | None = None,
    ends: datetime | None = None,
) -> Signed:
    """A certificate and its key: of a CA, or with `usage` of somebody who signs; self-signed without `by`."""
    key = rsa_keys.generate_private_key(65537, 2048) if rsa else ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if by is None else by[0].subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins or now - DAY)
        .not_valid_after(ends or now + 3650 * DAY)
        .add_extension(x509.BasicConstraints(ca=usage is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
    return builder.sign(key if by is None else by[1], hashes.SHA256()), key


class Authority:
    """What it signs with lies in `folder`. `answer` may be exchanged for something worse than `reply`."""

    def __init__(
        self,
        folder: Path,
        *,
        intermediate: bool = False,
        rsa: bool = False,
        talkative: bool = False,
        begins: datetime | None = None,
        ends: datetime | None = None,
    ) -> None:
        """`talkative`: answers carry the whole chain, in the order openssl gives it."""
        require("openssl", "openssl")
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.port, self.asked = folder, free_port(), 0
        self.answer: Callable[[bytes], tuple[int, bytes]] = self.reply
        root = certificate("Test Root", rsa=rsa, begins=begins)
        issuer = certificate("Test Issuing", root, rsa=rsa, begins=begins) if intermediate else root
        signer, key = certificate(
            "Test Timestamps", issuer, usage=ExtendedKeyUsageOID.TIME_STAMPING, rsa=rsa, begins=begins, ends=ends
        )
        self.chain = [issuer[0], root[0]] if intermediate else [root[0]]
        self.root, self.signer = root[0], signer
        self.ca = folder / "ca.pem"
        self.ca.write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in self.chain))
        (folder / "tsa.pem").write_bytes(signer.public_bytes(Encoding.PEM))
        (folder / "tsa.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        (folder / "serial").write_text("01\n")
        (folder / "openssl.cnf").write_text(
            _CONFIGURATION.format(folder=folder) + (f"certs = {self.ca}\n" if talkative else "")
        )
        self._one_at_a_time = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/tsa"

    def reply(self, query: bytes) -> tuple[int, bytes]:
        """What `openssl ts` answers."""
        with self._one_at_a_time:
            (self.folder / "query.tsq").write_bytes(query)
            run = ("ts", "-reply", "-config", "openssl.cnf", "-queryfile", "query.tsq", "-out", "answer.tsr")
            subprocess.run(["openssl", *run], cwd=self.folder, check=True, capture_output=True)
            return 200, (self.folder / "answer.tsr").read_bytes()

    def slow(self, seconds: float) -> Callable[[bytes], tuple[int, bytes]]:
        """The right answer, late."""

        def answer(query: bytes) -> tuple[int, bytes]:
            time.sleep(seconds)
            return self.reply(query)

        return answer

    @contextmanager
    def serving(self) -> Iterator[None]:
        """It listens within this block; outside, connections are refused."""
        authority = self

        class Asked(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Content-Type"] == "application/timestamp-query"
                authority.asked += 1
                status, body = authority.answer(query)
                self.send_response(status)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", self.port), Asked)
        server.daemon_threads, server.block_on_close = True, False
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def openssl_accepts(token: Path, data: Path, ca: Path) -> bool:
    """Does `openssl ts -verify` accept this answer over this file?"""
    run = ["openssl", "ts", "-verify", "-in", str(token), "-data", str(data), "-CAfile", str(ca)]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    return done.returncode == 0 and "Verification: OK" in done.stdout
