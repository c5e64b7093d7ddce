"""A node keeps evidence only where `takan store check` has found it safe, for this very store, bucket and key."""

from pathlib import Path

from survey_server.settings import Settings
from tests.cases.test_rehearsal import takan
from tests.evidence_store.conftest import client
from tests.evidence_store.test_conformance import NODE, Proxy, minio_server  # noqa: F401 - fixture
from tests.nodes import ServedNode
from tests.servers import Server


def settings(endpoint: str) -> dict[str, str]:
    return {
        "TAKAN_INTAKE_KEY": "k" * 20,
        "TAKAN_STORE_ENDPOINT": endpoint,
        "TAKAN_STORE_ACCESS_KEY": NODE.access_key,
        "TAKAN_STORE_SECRET_KEY": NODE.secret_key,
    }


def refused(data: Path, environment: dict[str, str]) -> str:
    status, _out, words = takan("serve", "--data", str(data), "--port", "0", **environment)
    assert status == 2
    return words


def test_a_store_is_used_after_it_was_found_safe_and_not_before(minio_server: Server, tmp_path: Path) -> None:  # noqa: F811
    setup = {
        "TAKAN_STORE_SETUP_ACCESS_KEY": minio_server.access_key,
        "TAKAN_STORE_SETUP_SECRET_KEY": minio_server.secret_key,
    }
    keeper = client(minio_server.endpoint, minio_server.access_key, minio_server.secret_key)
    keeper.make_bucket(bucket_name=Settings().store_bucket, object_lock=True)  # the node's key may not
    data = tmp_path / "node"
    with Proxy(minio_server.endpoint).up() as proxy:
        environment = settings(proxy.endpoint)
        assert "has not been examined" in refused(data, environment)
        status, _out, words = takan("store", "check", "--data", str(data), **environment, **setup)
        assert status == 0, words
        node = ServedNode(data, environment, arguments=())
        node.start()  # with the verdict alone: the setup key is not there any more
        node.stop()
        assert "another store, bucket or key" in refused(data, environment | {"TAKAN_STORE_BUCKET": "takan-evidence-2"})
        note = data / "store-verdict.note"
        note.write_text(note.read_text().replace('"passed":true', '"passed":false', 1))
        assert "not this node's own" in refused(data, environment)


def test_a_store_that_was_found_unsafe_is_refused_with_the_reason(minio_server: Server, tmp_path: Path) -> None:  # noqa: F811
    environment = settings(minio_server.endpoint)
    setup = {
        "TAKAN_STORE_SETUP_ACCESS_KEY": minio_server.access_key,
        "TAKAN_STORE_SETUP_SECRET_KEY": minio_server.secret_key,
    }
    status, out, _words = takan("store", "check", "--data", str(tmp_path), **environment, **setup)
    assert status == 1
    words = refused(tmp_path, environment)
    assert "is not safe for evidence" in words
    named = [line.split()[1] for line in out.splitlines() if line.startswith("REFUSED ")]
    assert named
    assert all(f"[{one}]" in words for one in named)
    assert Settings().store_unchecked is False
