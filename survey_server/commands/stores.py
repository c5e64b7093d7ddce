"""Which store a command works on: from options, TAKAN_STORE_* variables, a settings file, or the embedded one."""

import contextlib
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from survey_server.commands.ending import fail

if TYPE_CHECKING:
    from evidence_store import Objects

Endpoint = Annotated[str, typer.Option(envvar="TAKAN_STORE_ENDPOINT", help="HOST:PORT of the store.")]
AccessKey = Annotated[str, typer.Option(envvar="TAKAN_STORE_ACCESS_KEY", help="A key that may read and list it.")]
SecretKey = Annotated[str, typer.Option(envvar="TAKAN_STORE_SECRET_KEY", help="Its secret.")]
Bucket = Annotated[str, typer.Option(envvar="TAKAN_STORE_BUCKET", help="Default: takan-evidence.")]
Secure = Annotated[bool, typer.Option(envvar="TAKAN_STORE_SECURE", help="Speak TLS to the store.")]
Config = Annotated[Path | None, typer.Option("--config", "-c", help="Settings file (TOML) that names the store.")]
Embedded = Annotated[bool, typer.Option("--embedded", help="The embedded store of a node that is down.")]
Data = Annotated[Path, typer.Option(help="With --embedded: that node's data directory.")]


@dataclass(frozen=True, slots=True)
class Named:
    """A store as it was named on the command line. What is empty is taken from the settings file, if there is one."""

    endpoint: str
    access_key: str
    secret_key: str = field(repr=False)
    bucket: str
    secure: bool
    config: Path | None = None
    embedded: bool = False
    data: Path = Path("takan-data")

    @contextlib.contextmanager
    def opened(self) -> Generator["Objects"]:
        """The store's bucket. Exits with 2 if it was not named; raises EvidenceError, OSError."""
        from evidence_store import Embedded as EmbeddedStore
        from evidence_store import Objects

        named = self._completed()
        with contextlib.ExitStack() as stack:
            endpoint, keys = named.endpoint, (named.access_key, named.secret_key)
            if named.embedded:
                directory = named.data / "store"
                if not directory.is_dir():
                    fail(f"there is no embedded store in {named.data}; name the node's data directory with --data")
                store = EmbeddedStore(directory)
                access = store.start()
                stack.callback(store.stop)
                endpoint, keys = access.endpoint, (access.access_key, access.secret_key)
            elif not (endpoint and all(keys)):
                fail(
                    "say which store: --endpoint with --access-key and --secret-key (or the TAKAN_STORE_* variables), "
                    "--config with a settings file that names one, or --embedded with --data"
                )
            objects = Objects(endpoint, *keys, named.bucket, secure=named.secure)
            stack.callback(objects.close)
            yield objects

    def _completed(self) -> "Named":
        from survey_server.settings import BadSettings, Settings, load_settings

        settings = Settings()
        if self.config is not None:
            try:
                settings = load_settings(self.config, intake_key="not asked for here")
            except BadSettings as fault:
                fail(fault)
        return Named(
            endpoint=self.endpoint or settings.store_endpoint,
            access_key=self.access_key or settings.store_access_key,
            secret_key=self.secret_key or settings.store_secret_key,
            bucket=self.bucket or settings.store_bucket,
            secure=self.secure or settings.store_secure,
            embedded=self.embedded or (settings.embedded and not self.endpoint),
            data=Path(settings.data_dir) if settings.embedded else self.data,
        )
