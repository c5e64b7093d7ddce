"""The store as compose.yaml starts it, step by step: MinIO, setup_store.py, the proxy, takan store check."""

import os
import secrets
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from minio import Minio
from minio.commonconfig import COMPLIANCE

from evidence_store import Objects
from evidence_store.errors import StoreRefused
from tests.evidence_store.test_proxy import nginx
from tests.nodes import ROOT
from tests.servers import Server, free_port, minio

KEYS = {"TAKAN_STORE_ACCESS_KEY": secrets.token_hex(8), "TAKAN_STORE_SECRET_KEY": secrets.token_hex(20)}
BUCKET = "takan-evidence"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    with minio(tmp_path_factory.mktemp("minio") / "data") as server:
        yield server


def environment(store: Server, **changed: str) -> dict[str, str]:
    given = {
        "PATH": os.environ["PATH"], "TAKAN_MINIO_ENDPOINT": store.endpoint, "TAKAN_STORE_BUCKET": BUCKET,
        "TAKAN_STORE_SETUP_ACCESS_KEY": store.access_key, "TAKAN_STORE_SETUP_SECRET_KEY": store.secret_key,
    }  # fmt: skip
    return {**given, **KEYS, **changed}


def run(program: list[str], env: dict[str, str]) -> tuple[int, str]:
    done = subprocess.run([sys.executable, *program], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def set_up(store: Server, **changed: str) -> tuple[int, str]:
    return run(["docker/node/setup_store.py"], environment(store, **changed))


def test_from_nothing_to_a_store_the_node_may_use(store: Server, tmp_path: Path) -> None:
    assert [set_up(store)[0] for _ in range(2)] == [0, 0]
    operator = Minio(
        endpoint=store.endpoint, access_key=store.access_key, secret_key=store.secret_key, secure=False
    ).get_object_lock_config(bucket_name=BUCKET)
    assert (operator.mode, operator.duration) == (COMPLIANCE, 180)
    with nginx(tmp_path / "proxy", store.endpoint) as endpoint:
        check = ["-m", "survey_server.cli", "store", "check", "--data", str(tmp_path / "data")]
        status, said = run(check, environment(store, TAKAN_STORE_ENDPOINT=endpoint))
        assert status == 0, said
        assert "warning" not in said
        assert (tmp_path / "data" / "store-verdict.note").exists()


def test_another_secret_takes_the_place_of_the_first(store: Server) -> None:
    key, first, second = secrets.token_hex(8), secrets.token_hex(20), secrets.token_hex(20)
    for secret in (first, second):
        assert set_up(store, TAKAN_STORE_ACCESS_KEY=key, TAKAN_STORE_SECRET_KEY=secret)[0] == 0
    Objects(store.endpoint, key, second, BUCKET).prepare()
    with pytest.raises(StoreRefused):
        Objects(store.endpoint, key, first, BUCKET).prepare()


@pytest.mark.parametrize(("changed", "words"), [
    ({"TAKAN_STORE_SECRET_KEY": "short"}, "shorter than 16"),
    ({"TAKAN_STORE_SETUP_SECRET_KEY": "not the secret at all"}, "could not be prepared"),
    ({"TAKAN_MINIO_ENDPOINT": f"127.0.0.1:{free_port()}"}, "could not be prepared"),
], ids=["short", "wrong", "down"])  # fmt: skip
def test_what_is_wrong_is_said_in_a_sentence(store: Server, changed: dict[str, str], words: str) -> None:
    status, said = set_up(store, **changed)
    assert (status, words in said, "Traceback" in said) == (1, True, False), said


def test_a_missing_variable_and_the_operators_own_key_are_refused(store: Server) -> None:
    assert "operator's" in set_up(store, TAKAN_STORE_ACCESS_KEY=store.access_key)[1]
    lacking = environment(store)
    del lacking["TAKAN_STORE_ACCESS_KEY"]
    assert run(["docker/node/setup_store.py"], lacking) == (1, "set TAKAN_STORE_ACCESS_KEY\n")
