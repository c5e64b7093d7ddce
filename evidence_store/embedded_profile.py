"""How the embedded store is configured: the files it reads and the arguments it gets.

SeaweedFS' defaults are for trying things out: no credentials on the inner ports, no fsync, telemetry on. This profile
closes them: random S3 credentials, tokens on the inner HTTP interfaces, mutual TLS on gRPC, SQLite in WAL mode with
full synchronisation for the names, loopback only. Root on this machine, and whoever can read these files, can still
destroy data; that is what a store of record and a second copy are for.
"""

import datetime as dt
import ipaddress
import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from evidence_store.files import write_private

LOOPBACK = "127.0.0.1"

_GRPC_ROLES = ("master", "volume", "filer", "s3", "client", "admin", "worker", "msg_broker", "msg_agent")

_WRITER_MAY = (
    "s3:CreateBucket",
    "s3:GetBucketLocation",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketVersioning",
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:PutObject",
    "s3:GetObjectRetention",
    "s3:PutObjectRetention",
)
_WRITER_MAY_NOT = (
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:DeleteBucket",
    "s3:BypassGovernanceRetention",
    "s3:PutBucketObjectLockConfiguration",
    "s3:PutBucketVersioning",
)


@dataclass(frozen=True, slots=True)
class Access:
    """Where a store is, and the key to it."""

    endpoint: str
    """host:port, without a scheme; plain HTTP on loopback."""
    access_key: str
    secret_key: str


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of one run, all on loopback; each part has an HTTP and a gRPC side."""

    master: int
    volume: int
    filer: int
    s3: int
    master_grpc: int
    volume_grpc: int
    filer_grpc: int
    s3_grpc: int
    admin: int
    """Its gRPC side is 10000 higher: the program's own maintenance worker knows no other place."""

    @property
    def admin_grpc(self) -> int:
        return self.admin + 10_000


@dataclass(frozen=True, slots=True)
class Credentials:
    """The keys of one directory. The writer adds and lengthens locks and can delete nothing; the keeper can do all
    that the locks allow.
    """

    writer_key: str
    writer_secret: str
    keeper_key: str
    keeper_secret: str


def credentials_of(directory: Path) -> Credentials:
    """The credentials of this directory, made at its first use and the same ever after."""
    file = directory / "credentials.json"
    if file.exists():
        return Credentials(**json.loads(file.read_text()))
    made = Credentials(
        secrets.token_hex(10), secrets.token_urlsafe(30), secrets.token_hex(10), secrets.token_urlsafe(30)
    )
    write_private(file, json.dumps(asdict(made)))
    return made


def write_configuration(directory: Path, credentials: Credentials) -> None:
    """Write every file `weed` reads; certificates and tokens only when they are not there yet."""
    write_private(directory / "s3.json", json.dumps(_identities(credentials)))
    if not (directory / "tls" / "node.key").exists():
        _write_certificates(directory / "tls")
    if not (directory / "security.toml").exists():
        write_private(directory / "security.toml", _security())
    pragmas = "_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
    write_private(directory / "filer.toml", f'[sqlite]\nenabled = true\ndbFile = "file:filer.db?{pragmas}"\n')


def arguments(ports: Ports) -> list[str]:
    """The arguments of `weed`, with paths relative to its directory so that its sockets' names stay short."""
    return [
        "-logtostderr=true",
        "mini",
        "-dir=data",
        f"-ip={LOOPBACK}",
        f"-ip.bind={LOOPBACK}",
        f"-master.port={ports.master}",
        f"-master.port.grpc={ports.master_grpc}",
        "-master.telemetry=false",
        f"-volume.port={ports.volume}",
        f"-volume.port.grpc={ports.volume_grpc}",
        "-volume.preStopSeconds=0",
        f"-filer.port={ports.filer}",
        f"-filer.port.grpc={ports.filer_grpc}",
        "-filer.localSocket=filer.sock",
        f"-s3.port={ports.s3}",
        f"-s3.port.grpc={ports.s3_grpc}",
        "-s3.localSocket=s3.sock",
        "-s3.config=s3.json",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-s3.autoCreateBucket=false",
        "-s3.allowDeleteBucketNotEmpty=false",
        "-webdav=false",
        "-admin.ui=false",
        f"-admin.port={ports.admin}",
        f"-admin.port.grpc={ports.admin_grpc}",
        "-disableHttp=true",
    ]


def _identities(credentials: Credentials) -> dict[str, object]:
    resources = ["arn:aws:s3:::*", "arn:aws:s3:::*/*"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": list(_WRITER_MAY), "Resource": resources},
            {"Effect": "Deny", "Action": list(_WRITER_MAY_NOT), "Resource": resources},
        ],
    }
    writer = {"accessKey": credentials.writer_key, "secretKey": credentials.writer_secret}
    keeper = {"accessKey": credentials.keeper_key, "secretKey": credentials.keeper_secret}
    return {
        "identities": [
            {"name": "keeper", "credentials": [keeper], "actions": ["Admin"]},
            {"name": "writer", "credentials": [writer], "actions": [], "policyNames": ["evidence-writer"]},
        ],
        "policies": [{"name": "evidence-writer", "content": json.dumps(policy)}],
    }


def _security() -> str:
    tokens = "".join(
        f'[{section}]\nkey = "{secrets.token_hex(24)}"\n'
        for section in ("jwt.signing", "jwt.signing.read", "jwt.filer_signing", "jwt.filer_signing.read")
    )
    roles = "".join(f'[grpc.{role}]\ncert = "tls/node.crt"\nkey = "tls/node.key"\n' for role in _GRPC_ROLES)
    return f'{tokens}[grpc]\nca = "tls/ca.crt"\n{roles}'


def _write_certificates(directory: Path) -> None:
    """One authority whose key is thrown away at once, and the one certificate it ever signs."""
    directory.mkdir(mode=0o700, exist_ok=True)
    start = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    end = start + dt.timedelta(days=365 * 20)
    authority_key, node_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "embedded evidence store")])
    authority = (
        x509.CertificateBuilder()
        .subject_name(authority_name)
        .issuer_name(authority_name)
        .public_key(authority_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(LOOPBACK)), x509.DNSName("localhost")])
    node = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "node")]))
        .issuer_name(authority_name)
        .public_key(node_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(names, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    write_private(directory / "ca.crt", authority.public_bytes(Encoding.PEM))
    write_private(directory / "node.crt", node.public_bytes(Encoding.PEM))
    key = node_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_private(directory / "node.key", key)
