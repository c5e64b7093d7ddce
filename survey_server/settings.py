"""Settings of a node, from `takan.toml` and `TAKAN_*` variables; a variable wins over the file.

Every field is a variable: `public_host` is `TAKAN_PUBLIC_HOST`. There is no default store: a node is told
either `store_endpoint` with its keys or `embedded = true`.
"""

import contextlib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, parse_qs, urlsplit

import msgspec
from msgspec import Struct

_TURN_URL = re.compile(r"turns?:(\[[0-9A-Fa-f:.]+\]|[^\s:/?\[\]@]+)(:\d{1,5})?(\?transport=(udp|tcp))?")
"""RFC 7065."""
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,99}")


class BadSettings(Exception):
    """A setting is missing, unknown or of the wrong type; the message says which and what to write."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """One node's settings."""

    data_dir: str = "takan-data"
    """Spool, the SQLite database and the embedded store live here."""
    database: str = ""
    """postgresql://USER:PASSWORD@HOST:PORT/NAME of a database that exists; empty: SQLite in the data directory."""
    host: str = "127.0.0.1"
    """Address the web server listens on."""
    port: int = 8443
    """TCP port of the web server; 0 takes a free one."""
    public_url: str = ""
    """What links begin with, e.g. https://survey.example.gov; empty: derived from host and port."""
    tls_cert: str = ""
    """PEM file of the certificate chain; without it the node speaks plain HTTP behind a proxy."""
    tls_key: str = ""
    """PEM file of the certificate's key."""
    media_host: str = "127.0.0.1"
    """Address the media UDP port is bound to."""
    media_port: int = 0
    """The media UDP port; 0 takes a free one."""
    media_public_host: str = ""
    """The addresses phones reach the media port at: names or IP addresses, IPv4 and IPv6, comma separated; empty:
    `media_host`."""
    media_public_port: int = 0
    """The port phones reach the media port at, behind a port mapping; 0: the same."""
    media_fast_path: bool = True
    """Pass packets from socket to socket without tasks in between; off is slower and otherwise alike."""
    turn_urls: str = ""
    """TURN servers offered to phones, comma separated, e.g. turn:turn.example.gov:3478?transport=udp; empty: none."""
    turn_secret: str = ""
    """The secret shared with the TURN servers (coturn: static-auth-secret), from which credentials are made."""
    turn_credential_s: int = 43_200
    """How long a TURN credential is good, seconds."""
    embedded: bool = False
    """Run the embedded store as a child of this node."""
    store_endpoint: str = ""
    """host:port of an S3 server with object lock (MinIO)."""
    store_access_key: str = ""
    store_secret_key: str = ""
    store_bucket: str = "takan-evidence"
    store_unchecked: bool = False
    """Use a store that `takan store check` has not approved of: for trying out, never for evidence."""
    store_secure: bool = False
    """Speak TLS to the store."""
    intake_key: str = ""
    """Bearer key of the intake desk: it may file applications and order links. Required."""
    platform_keys: str = ""
    """Keys that the approvals platform signs its requests with (docs/platform.md): ID:SECRET, comma separated."""
    webhook_url: str = ""
    """Where the approvals platform takes messages: one address; empty: it is told nothing."""
    webhook_secrets: str = ""
    """What messages are signed with, whsec_ and base64; several, comma separated, while they are being changed."""
    webhook_ca: str = ""
    """PEM file of the CA that vouches for that address; empty: the system's."""
    smtp_host: str = ""
    """The mail relay that reminders to officials are handed to; empty: no mail."""
    smtp_port: int = 0
    """Its port; 0: 587 with starttls, 465 with tls, 25 with none."""
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    """`starttls`, `tls` from the first byte, or on the loopback `none`."""
    smtp_user: str = ""
    """Whom the node is to the relay; empty: it does not log in."""
    smtp_password: str = ""
    smtp_ca: str = ""
    """PEM file of the CA that vouches for the relay; empty: the system's."""
    smtp_timeout_s: float = 20.0
    """How long each step of handing a letter in may take."""
    mail_from: str = ""
    """The address that letters come from."""
    mail_officers: str = ""
    """Where the bureau's officers read mail, comma separated: reminders to them, and to whom nobody else can tell."""
    reminders: str = ""
    """Who is reminded of what, when (TOML); empty: the packaged reminders.toml."""
    begin_days: int = 10
    """A survey in a call that nobody begins for so many working days, counted from the end of its window or from what
    was done last, goes over to a visit; 0: only if somebody says so."""
    outbox_alarm_hours: float = 24.0
    """After so long without delivery a message makes /api/health tell of it; it is tried on."""
    register: str = ""
    """Credit register file (TOML); empty, and no credit_url: every standing is unknown, so every survey is on site."""
    credit_url: str = ""
    """Credit platform asked instead of a register file, and told of deductions and repairs, e.g.
    https://credit.example.gov/api; HTTPS but on loopback."""
    credit_bearer: str = ""
    """Bearer token for the platform; or credit_key_id and credit_key_secret."""
    credit_key_id: str = ""
    """Name of the key that requests to the platform are signed with (RFC 9421, hmac-sha256)."""
    credit_key_secret: str = ""
    """Its secret, at least 16 characters."""
    credit_ca: str = ""
    """PEM file of the CA certificates that vouch for the platform; empty: the system's."""
    credit_timeout_s: float = 4.0
    """How long an application waits for the platform before its last known answer counts, if fresh enough."""
    policy: str = ""
    """Policy file; empty: the packaged policy.toml."""
    deduction_rules: str = ""
    """Catalogue of the rules a deduction may cite (TOML); empty: the packaged rules.toml."""
    working_days: str = ""
    """Holidays and make-up days of years beside the packaged ones, or in their place (TOML); empty: the packaged."""
    photo_policy: str = ""
    """Thresholds of the photo checks (TOML); empty: the measured defaults."""
    items: str = ""
    """Items file; empty: the packaged items.toml."""
    panel: str = ""
    """Register of experts and reviewers that are drawn by lot (TOML or CSV); empty: nobody can be drawn."""
    draw_hours: float = 24.0
    """A draw that the applicant's page has not done its part in for this long may be opened anew."""
    deployment: str = "takan.invalid"
    """What this installation is called, e.g. survey.example.gov: begins the name of each node's log."""
    node: str = "node-1"
    """This node's name, its own among all that share a bucket: each node signs a log of its own."""
    tsa_url: str = ""
    """Address of a timestamp authority (RFC 3161 over HTTP) that the ledger's checkpoints are sent to; empty: none."""
    tsa_ca: str = ""
    """PEM file of the CA certificates that vouch for the authority, up to the root."""
    tenant: str = "demo"
    """First part of every object key."""
    disk_reserve_mb: int = 2048
    """No survey begins while the data directory's disk has less free; below a quarter of it running ones are ended."""
    link_hours: int = 72
    """How long a one-time link may wait to be opened."""
    errand_hours: float = 12.0
    """How long a reviewer's or expert's errand is valid after they came in; to the end of a later appointment."""
    upload_hours: float = 48.0
    """How long an upload that nobody goes on with is kept, with what has come of it."""
    return_s: float = 20.0
    """How long a person's media connection is kept after their page fell silent, in case it comes back."""
    idle_seal_s: float = 120.0
    """A live session nobody is connected to for this long is ended and its recording sealed."""
    idle_alone_s: float = 86_400.0
    """The same where no reviewer has been in the call; counted from the end of a later appointment."""
    material_days: float = 14.0
    """An upload-only survey that nobody goes on with for this long is closed; what is there is sealed and reviewed."""
    addendum_after_s: float = 600.0
    """How long after somebody looked at a sealed case an addendum is sealed that tells of it."""
    live_match_every_s: float = 4.0
    """A picture of the applicant's live video is remembered at most this often, to find photos in it; 0: never."""
    lock_days: int = 180
    """COMPLIANCE lock of every object when it is written; the case seal extends it."""

    @property
    def media_address(self) -> str:
        """The address announced to phones for media."""
        return self.media_public_host or self.media_host

    @property
    def signing_keys(self) -> dict[str, bytes]:
        """The approvals platform's keys: secrets by id."""
        return {key: secret.encode() for key, _, secret in (one.partition(":") for one in _several(self.platform_keys))}

    @property
    def webhook_signing(self) -> list[str]:
        """The secrets that messages are signed with, one by one."""
        return _several(self.webhook_secrets)

    @property
    def officers(self) -> list[str]:
        """The officers' mail addresses, one by one."""
        return _several(self.mail_officers)

    @property
    def turn_servers(self) -> list[str]:
        """The URLs of the TURN servers, one by one."""
        return _several(self.turn_urls)


def _several(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def load_settings(path: Path | None, env: Mapping[str, str] | None = None, **given: object) -> Settings:
    """Settings from a file, the environment and the command line, later ones winning.

    Raises BadSettings naming the setting and what is wrong with it.
    """
    values: dict[str, object] = {}
    if path is not None:
        try:
            values.update(tomllib.loads(path.read_text()))
        except FileNotFoundError:
            raise BadSettings(f"there is no settings file {path}; write one or leave --config out") from None
        except tomllib.TOMLDecodeError as fault:
            raise BadSettings(f"{path} is not valid TOML: {fault}") from None
    for name in Settings.__struct_fields__:
        variable = (env if env is not None else os.environ).get("TAKAN_" + name.upper())
        if variable is not None:
            values[name] = variable
    values.update({name: value for name, value in given.items() if value is not None})
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as fault:
        raise BadSettings(f"{fault}; known settings: {', '.join(Settings.__struct_fields__)}") from None
    _check(settings)
    return settings


def database_parts(address: str) -> SplitResult:
    """The parts of a PostgreSQL address; names and passwords in them are percent-encoded. Raises BadSettings, which
    repeats nothing of an address that may hold a password.
    """
    with contextlib.suppress(ValueError):  # a port that is no number, an IPv6 address that is none
        parts = urlsplit(address)
        host = parts.hostname or parse_qs(parts.query).get("host")
        if parts.scheme == "postgresql" and host and parts.port != 0 and re.fullmatch(r"/[^/@]+", parts.path):
            return parts
    raise BadSettings(
        "database is no PostgreSQL address; write postgresql://USER:PASSWORD@HOST:PORT/NAME with signs such as @ : / ? "
        "# and % in the password percent-encoded, or leave it empty for SQLite in data_dir"
    )


def _check(settings: Settings) -> None:
    for name, value in (("deployment", settings.deployment), ("node", settings.node)):
        if not _NAME.fullmatch(value):
            raise BadSettings(f"{name} is {value!r}; use letters, digits, dots and hyphens, e.g. node-1")
    _check_store(settings)
    _check_turn(settings)
    _check_tsa(settings)
    _check_credit(settings)
    _check_platform(settings)
    _check_mail(settings)
    if settings.database:
        database_parts(settings.database)
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise BadSettings("tls_cert and tls_key belong together: set both or neither")
    _check_amounts(settings)
    if len(settings.intake_key) < 16:
        raise BadSettings("set intake_key (TAKAN_INTAKE_KEY) to a secret of at least 16 characters")


def _check_amounts(settings: Settings) -> None:
    if settings.material_days <= 0:
        raise BadSettings("material_days is how many days an upload-only survey may rest before it is closed: above 0")
    if not 0 <= settings.begin_days <= 250:
        raise BadSettings("begin_days is working days until a survey that nobody begins goes over to a visit: 0 to 250")
    if settings.errand_hours <= 0:
        raise BadSettings("errand_hours is how long an errand is valid after its bearer came in: above 0")
    if settings.disk_reserve_mb < 0:
        raise BadSettings("disk_reserve_mb is room to keep free on the disk, in MB: 0 (none) or more")
    if settings.live_match_every_s < 0:
        raise BadSettings("live_match_every_s is seconds between two pictures that are remembered: 0 (never) or more")


def _check_store(settings: Settings) -> None:
    if settings.embedded == bool(settings.store_endpoint):
        raise BadSettings(
            "say where evidence is kept: either --embedded (trying out) or store_endpoint with "
            "store_access_key and store_secret_key (MinIO), and not both"
        )
    if settings.store_endpoint and not (settings.store_access_key and settings.store_secret_key):
        raise BadSettings("store_endpoint needs store_access_key and store_secret_key")


def _check_tsa(settings: Settings) -> None:
    if bool(settings.tsa_url) != bool(settings.tsa_ca):
        raise BadSettings("tsa_url and tsa_ca belong together: the authority's address and a PEM file of its CA")
    if settings.tsa_url and not re.fullmatch(r"https?://[^/?#@\s]+\S*", settings.tsa_url):
        raise BadSettings("tsa_url is no address of a timestamp authority; write http:// or https:// and its host")


def _check_credit(settings: Settings) -> None:
    given = (settings.credit_bearer, settings.credit_key_id, settings.credit_key_secret, settings.credit_ca)
    if not settings.credit_url:
        if any(given):
            raise BadSettings(
                "credit_bearer, credit_key_id, credit_key_secret and credit_ca are for credit_url: set it"
            )
        return
    if settings.register:
        raise BadSettings("register and credit_url are two sources: set one of them")
    parts = urlsplit(settings.credit_url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise BadSettings(
            "credit_url is no address of a platform; write https:// and its host, with a path if it has one"
        )
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise BadSettings("credit_url needs https://: identity numbers travel over it")
    if bool(settings.credit_key_id) != bool(settings.credit_key_secret):
        raise BadSettings("credit_key_id and credit_key_secret belong together")
    if bool(settings.credit_bearer) == bool(settings.credit_key_id):
        raise BadSettings("credit_url needs either credit_bearer, or credit_key_id with credit_key_secret")
    if settings.credit_key_secret and len(settings.credit_key_secret) < 16:
        raise BadSettings("credit_key_secret has fewer than 16 characters")
    if not 0 < settings.credit_timeout_s <= 60:
        raise BadSettings("credit_timeout_s is how long an application waits for the platform: above 0, at most 60")


def _check_platform(settings: Settings) -> None:
    """Repeats no secret."""
    for one in _several(settings.platform_keys):
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,60}:.{32,}", one):
            raise BadSettings(
                "platform_keys holds something that is no ID:SECRET; the id has letters, digits, dots, hyphens, the "
                "secret 32 characters or more; several with commas between, none in a secret"
            )
    if len(settings.signing_keys) < len(_several(settings.platform_keys)):
        raise BadSettings("platform_keys holds one id twice")
    if bool(settings.webhook_url) != bool(settings.webhook_secrets):
        raise BadSettings("webhook_url and webhook_secrets belong together: set both or neither")
    if settings.webhook_url and not re.fullmatch(r"https?://[^/?#@\s]+[^#\s]*", settings.webhook_url):
        raise BadSettings("webhook_url is no address; write https:// and its host, with no name or password in it")
    for one in settings.webhook_signing:
        if not re.fullmatch(r"whsec_[A-Za-z0-9+/]{32,88}={0,2}", one):
            raise BadSettings(
                "webhook_secrets holds something that is no secret; make one with "
                "echo whsec_$(openssl rand -base64 32), several with commas between"
            )
    if settings.outbox_alarm_hours <= 0:
        raise BadSettings("outbox_alarm_hours is how long a message may wait before it is told of: above 0")


def _check_mail(settings: Settings) -> None:
    """Repeats no secret."""
    if not settings.smtp_host:
        if settings.smtp_user or settings.smtp_password or settings.mail_from or settings.mail_officers:
            raise BadSettings("smtp_user, smtp_password, mail_from and mail_officers are for smtp_host: set it")
        return
    for one in (settings.mail_from, *settings.officers):
        if not _MAIL.fullmatch(one):
            raise BadSettings(
                f"mail_from and mail_officers are addresses such as survey@example.gov, not {one!r}; several officers' "
                "with commas between"
            )
    if settings.smtp_security == "none" and settings.smtp_host not in _LOOPBACK:
        raise BadSettings('smtp_security "none" is for a relay on the loopback: elsewhere use starttls or tls')
    if bool(settings.smtp_user) != bool(settings.smtp_password):
        raise BadSettings("smtp_user and smtp_password belong together: set both or neither")
    if not (settings.smtp_user + settings.smtp_password).isascii():
        raise BadSettings("smtp_user and smtp_password hold ASCII signs only: smtplib can't log in with others")
    if not 0 <= settings.smtp_port < 65_536 or not 0 < settings.smtp_timeout_s <= 300:
        raise BadSettings("smtp_port is 0 to 65535, smtp_timeout_s above 0 and at most 300")


def _check_turn(settings: Settings) -> None:
    for url in settings.turn_servers:
        if not _TURN_URL.fullmatch(url):
            raise BadSettings(
                f"turn_urls holds {url!r}, which is no TURN address; write turn:HOST:PORT?transport=udp (or tcp), or "
                "turns:HOST:PORT?transport=tcp, several with commas between"
            )
    if settings.turn_servers and not settings.turn_secret:
        raise BadSettings("turn_urls needs turn_secret: the secret the TURN server has (coturn: static-auth-secret)")
    if settings.turn_credential_s <= 0:
        raise BadSettings("turn_credential_s is how long a TURN credential is good: 1 second or more")
