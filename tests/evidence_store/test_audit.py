"""An audit of a real bucket: what is untouched passes, and everything that was done to it is found and named."""

import base64
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evidence_store import Objects
from evidence_store.audit import AuditImpossible, BadState, Finding, Plan, Report, audit
from evidence_store.errors import StoreUnreachable
from evidence_store.ledger.entries import Entry
from evidence_store.ledger.notes import VerifierKey
from evidence_store.patience import Unreadable, patiently
from tests.evidence_store.archive import Archive, clone, signer
from tests.evidence_store.conftest import S3
from tests.servers import free_port

KEYS = (signer().verifier,)


def run(objects: Objects, keys: tuple[VerifierKey, ...] = KEYS, **more: object) -> Report:
    now = more.pop("now", None)
    plan = Plan(keys=keys, threads=4, **more)
    return audit(objects, plan, seed="s", **({"now": now} if now else {}))


def named(findings: tuple[Finding, ...]) -> set[tuple[str, str, str]]:
    return {(each.kind, each.key, each.version) for each in findings}


@pytest.fixture
def archive(objects: Objects, tmp_path: Path) -> Archive:
    return Archive(objects, tmp_path)


def test_an_untouched_archive_passes(archive: Archive, tmp_path: Path) -> None:
    for number in range(20):
        archive.survey(f"S{number}", 14, retention=("permanent", 10, 0.5, None)[number % 4])
    other = Archive(archive.objects, tmp_path, "n2")
    other.survey("S30", 3)
    report = run(archive.objects, (*KEYS, signer("n2").verifier))
    assert report.findings == ()
    assert [(log.origin, log.size, log.signed_by) for log in report.logs] == [
        ("log.example/n1", 335, (archive.vkey,)),
        ("log.example/n2", 6, (other.vkey,)),
    ]
    assert report.objects == len(archive.kept) + len(other.kept)
    assert report.bytes == archive.size() + other.size()
    assert not report.resumed
    without = run(archive.objects, ())
    assert (without.findings, without.logs[0].signed_by) == ((), ())
    only = run(archive.objects, nodes=("n1",))
    assert (only.findings, only.objects) == ((), len(archive.kept))


def test_what_is_wrong_with_objects_is_named(archive: Archive, s3_server: S3) -> None:
    """Each fault made with every right that S3 gives, through entries about what the bucket does not hold so."""
    archive.survey("S1")
    bucket, prefix = archive.objects.bucket, "v1/demo/2026/11/S2"
    good = archive.put(f"{prefix}/a", b"as it was", timedelta(days=180))
    forged = s3_server.forge(bucket, good.key, b"as it is!")
    longer = archive.put(f"{prefix}/b", b"longer", timedelta(days=180))
    gone = s3_server.forge(bucket, f"{prefix}/c", b"gone")
    s3_server.keeper.remove_object(bucket_name=bucket, object_name=f"{prefix}/c", version_id=gone)
    loose = s3_server.forge(bucket, f"{prefix}/d", b"loose")
    short = archive.put(f"{prefix}/e", b"short", timedelta(days=10))
    archive.enter("S2", *(
        type(good)(key, version, like.sha256, size, like.kept_at, like.locked_until, like.sm3)
        for key, version, like, size in (
            (good.key, forged, good, 9), (longer.key, longer.version_id, longer, 7), (f"{prefix}/c", gone, good, 4),
            (f"{prefix}/d", loose, _as(archive, b"loose"), 5), (short.key, short.version_id, short, 5),
        )
    ))  # fmt: skip
    report = run(archive.objects)
    assert named(report.findings) == {
        ("altered", good.key, forged),
        ("unlocked", good.key, forged),
        ("size", longer.key, longer.version_id),
        ("missing", f"{prefix}/c", gone),
        ("unlocked", f"{prefix}/d", loose),
        ("short-lock", short.key, short.version_id),
    }
    assert not report.passed
    # The other digest alone tells it too: two findings, SHA-256 and SM3.
    assert sum(each.kind == "altered" for each in report.findings) == 2
    patient = run(archive.objects, margin=timedelta(days=5))
    assert ("short-lock", short.key, short.version_id) not in named(patient.findings)


def _as(archive: Archive, data: bytes):
    return archive.put(f"v1/demo/2026/11/S2/like-{data.hex()}", data, timedelta(days=20))


def test_locks_are_held_against_the_case_seals_period(archive: Archive) -> None:
    years = timedelta(days=365.25)
    archive.survey("S1", lock=28.1 * years)
    permanent = archive.survey("S2", lock=27.9 * years)
    archive.survey("S3", retention=5, lock=5 * years - timedelta(days=2))
    fixed = archive.survey("S4", retention=5, lock=5 * years - timedelta(days=4))
    archive.survey("S5", retention=1, lock=timedelta(minutes=1), sealed_ago=2 * years)  # its period is over
    archive.survey("S6", lock=timedelta(days=20), sealed_ago=timedelta(minutes=30))  # just sealed: locks come
    archive.survey("S7", retention=None, lock=timedelta(days=20))
    report = run(archive.objects)
    assert named(report.findings) == {("short-lock", each.key, each.version_id) for each in [*permanent, *fixed]}
    assert "28 years" in report.findings[0].problem
    assert "5 years" in report.findings[-1].problem


def test_what_has_no_entry_is_a_warning_after_an_hour(archive: Archive, s3_server: S3) -> None:
    kept = archive.survey("S1")[0]
    stray = archive.put("v1/demo/2026/11/S1/stray", b"stray", timedelta(days=180))
    over = s3_server.forge(archive.objects.bucket, kept.key, b"over")
    assert run(archive.objects).findings == ()
    later = run(archive.objects, now=lambda: datetime.now(UTC) + timedelta(hours=2))
    assert named(later.findings) == {
        ("unentered", stray.key, stray.version_id),
        ("unentered", kept.key, over),
    }
    assert later.passed
    assert named(run(archive.objects, copy=True, now=lambda: datetime.now(UTC) + timedelta(hours=2)).findings) == {
        ("unentered", stray.key, stray.version_id),
        ("unentered", kept.key, over),
    }


def test_a_bit_flipped_on_the_stores_disk(archive: Archive, s3_server: S3) -> None:
    """MinIO and SeaweedFS notice by their own checksums and give no bytes; the audit goes on and says which."""
    data = {"large": random.randbytes(300_000), "small": random.randbytes(3_000)}
    kept = {name: archive.put(f"v1/demo/2026/11/S1/{name}", each, timedelta(days=180)) for name, each in data.items()}
    archive.enter("S1", *kept.values())
    archive.survey("S2")
    flipped = _flip_on_disk(s3_server.directory, archive.objects.bucket, data)
    report = run(archive.objects)
    assert named(report.findings) == {("altered", kept[name].key, kept[name].version_id) for name in flipped}
    assert flipped == {"large", "small"}
    assert report.objects == len(archive.kept)


def _flip_on_disk(directory: Path, bucket: str, data: dict[str, bytes]) -> set[str]:
    found: set[str] = set()
    for file in directory.rglob("*"):
        if not file.is_file() or file.suffix not in {".dat", ".1", ".meta"}:  # SeaweedFS' volumes, MinIO's objects
            continue
        content = file.read_bytes()
        for name, each in data.items():
            at = content.find(each[: len(each) // 2])
            if at >= 0 and name not in found:
                with file.open("r+b") as opened:
                    opened.seek(at + len(each) // 3)
                    opened.write(bytes([content[at + len(each) // 3] ^ 1]))
                found.add(name)
    return found


LOG = "log/n1"
Change = Callable[[Objects], dict[str, bytes | None]]


def _of_checkpoint(objects: Objects, number: int) -> tuple[str, bytes]:
    key = f"{LOG}/checkpoint/{number:09}"
    return key, objects.first(key) or b""


def _batch(objects: Objects, number: int) -> tuple[str, bytes]:
    key = objects.names(f"{LOG}/batch/{number:09}-")[0]
    return key, objects.first(key) or b""


def _altered_root(objects: Objects) -> dict[str, bytes | None]:
    key, note = _of_checkpoint(objects, 3)
    lines = note.decode().split("\n")
    lines[2] = base64.b64encode(bytes(32)).decode()
    return {key: "\n".join(lines).encode()}


def _resigned_root(objects: Objects) -> dict[str, bytes | None]:
    key, note = next(iter(_altered_root(objects).items()))
    text = (note or b"").decode().split("\n\n")[0] + "\n"
    return {key: signer().sign(text).encode()}


def _forged_entry(objects: Objects) -> dict[str, bytes | None]:
    key, batch = _batch(objects, 3)
    return {key: batch.replace(b'"by":"', b'"by":"1', 1)}


def _lost(find: Callable[[Objects, int], tuple[str, bytes]], number: int) -> Change:
    return lambda objects: {find(objects, number)[0]: None}


def _tile(name: str) -> Change:
    return lambda objects: {f"{LOG}/tile/{name}": (objects.first(f"{LOG}/tile/{name}") or b"")[:-1] + b"?"}


LAST = 60
CASES = {
    "an altered checkpoint": (_altered_root, {("bad-checkpoint", "checkpoint/000000003")}),
    "a checkpoint signed for other entries": (_resigned_root, {("bad-checkpoint", "checkpoint/000000003")}),
    "an altered batch": (_forged_entry, {("altered", "batch/000000003-*")}),
    "a lost batch": (_lost(_batch, 3), {("missing", "batch/000000003")}),
    "a lost checkpoint": (_lost(_of_checkpoint, 3), {("missing", "checkpoint/000000003")}),
    "an altered tile": (_tile("0/000"), {("altered", "tile/0/000")}),
    "an altered tile of entries": (_tile("entries/000"), {("altered", "tile/entries/000")}),
    "a lost tile": (lambda objects: {f"{LOG}/tile/0/000": None}, {("missing", "tile/0/000")}),
    "another key": (
        lambda objects: {f"{LOG}/vkey": f"{signer('stranger').verifier}\n".encode()}, {("altered", "vkey")}
    ),
    "no key": (lambda objects: {f"{LOG}/vkey": b"my key"}, {("altered", "vkey")}),
    "a lost key": (lambda objects: {f"{LOG}/vkey": None}, {("missing", "vkey")}),
    "the last two checkpoints taken off": (
        lambda objects: {_of_checkpoint(objects, n)[0]: None for n in (LAST - 1, LAST)},
        {("missing", f"checkpoint/{LAST - 1:09}")},
    ),
    "the middle of the log taken out": (
        lambda objects: {k: None for n in (9, 10) for k in (_of_checkpoint(objects, n)[0], _batch(objects, n)[0])},
        {("missing", "checkpoint/000000009"), ("bad-checkpoint", "checkpoint/000000011"),
         ("bad-checkpoint", f"checkpoint/{LAST:09}"), ("bad-entry", "*")},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def log_of_sixty(s3_server: S3, tmp_path_factory: pytest.TempPathFactory) -> Archive:
    objects = s3_server.objects(f"evidence-sixty-{free_port()}")
    objects.prepare()
    archive = Archive(objects, tmp_path_factory.mktemp("sixty"))
    for batch in range(LAST):  # about no objects, so that it is quickly cloned
        archive.log.append([Entry("access", f"S{at % 3}", archive.now, {"by": f"{batch}"}) for at in range(5)])
    assert archive.log.size == 300
    return archive


@pytest.mark.parametrize("case", CASES)
def test_what_was_done_to_a_log_is_named(case: str, log_of_sixty: Archive, s3_server: S3, bucket: str) -> None:
    change, expected = CASES[case]
    target = s3_server.objects(bucket)
    target.prepare()
    clone(log_of_sixty.objects, target, change(log_of_sixty.objects))
    report = run(target, copy=True)
    found = {(each.kind, each.key.removeprefix(f"{LOG}/")) for each in report.findings}
    for kind, key in expected:
        assert any(k == kind and _fits(name, key) for k, name in found), (kind, key, report.findings)
    assert all(any(k == kind and _fits(name, key) for kind, key in expected) for k, name in found), report.findings
    assert not report.passed


def _fits(name: str, pattern: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def test_a_log_signed_by_somebody_else(archive: Archive) -> None:
    for number in range(15):
        archive.survey(f"S{number}", 2, size=100)
    report = run(archive.objects, (signer("stranger").verifier,))
    assert {each.kind for each in report.findings} == {"bad-checkpoint"}
    assert "by none of the given keys" in report.findings[0].problem
    assert len(report.findings) == 21
    assert "25 more" in report.findings[-1].problem
    assert report.logs[0].signed_by == ()


def test_two_histories_under_one_key(archive: Archive, s3_server: S3) -> None:
    archive.survey("S1")
    key, _ = _of_checkpoint(archive.objects, 2)
    other = next(iter(_resigned_root_of(archive.objects, 2).values())) or b""
    version = s3_server.forge(archive.objects.bucket, key, other)
    (finding,) = run(archive.objects).findings
    assert (finding.kind, finding.key, finding.version) == ("fork", key, version)
    assert "log.example/n1 signed it" in finding.problem


def _resigned_root_of(objects: Objects, number: int) -> dict[str, bytes | None]:
    key, note = _of_checkpoint(objects, number)
    lines = note.decode().split("\n")
    lines[2] = base64.b64encode(bytes(32)).decode()
    return {key: signer().sign("\n".join(lines[:3]) + "\n").encode()}


def test_a_log_that_is_not_locked(archive: Archive, s3_server: S3) -> None:
    archive.survey("S1", 2)
    loose = s3_server.forge(archive.objects.bucket, f"{LOG}/batch/000000001-{'0' * 16}.jsonl", b"{}\n")
    soon = archive.put(f"{LOG}/batch/000000002-{'0' * 16}.jsonl", b"{}\n", timedelta(days=3))
    assert named(run(archive.objects).findings) == {
        ("unlocked", f"{LOG}/batch/000000001-{'0' * 16}.jsonl", loose),
        ("short-lock", soon.key, soon.version_id),
    }


def test_a_batch_that_a_running_node_wrote_after_the_listing(archive: Archive) -> None:
    archive.survey("S1", 2)
    assert run(Unlisted(archive.objects, _batch(archive.objects, 2)[0])).findings == ()


class Unlisted(Objects):
    """A listing of the whole log that was made before this key was written."""

    def __init__(self, real: Objects, key: str) -> None:
        self.__dict__ = real.__dict__
        self._key = key

    def versions(self, prefix: str):
        return (each for each in super().versions(prefix) if prefix != "log/" or each.key != self._key)


class Counting(Objects):
    """Counts the objects that are read to the end, and may stop after so many."""

    def __init__(self, real: Objects, stop_after: int = 1 << 30) -> None:
        self.__dict__ = real.__dict__
        self.read: list[str] = []
        self._stop_after = stop_after

    def opened(self, key: str, version_id: str):
        if key.startswith("v1/"):
            self.read.append(key)
        if len(self.read) > self._stop_after:
            raise KeyboardInterrupt
        return super().opened(key, version_id)


def test_an_interrupted_audit_goes_on(archive: Archive, tmp_path: Path) -> None:
    for number in range(12):
        archive.survey(f"S{number}", 10, size=200)
    short = archive.put("v1/demo/2026/11/S0/short", b"short", timedelta(days=2))
    archive.enter("S0", short)
    for number in range(20, 32):
        archive.survey(f"S{number}", 10, size=200)
    state = tmp_path / "state.json"
    first = Counting(archive.objects, stop_after=200)
    with pytest.raises(KeyboardInterrupt):
        run(first, state=state)
    noted = json.loads(state.read_text())
    assert 145 <= noted["objects"] <= 200
    with pytest.raises(BadState, match="asked something else"):
        run(archive.objects, state=state, sample=0.5)
    second = Counting(archive.objects)
    report = run(second, state=state)
    assert report.resumed
    assert len(second.read) == len(archive.kept) - noted["objects"]
    assert named(report.findings) == {("short-lock", short.key, short.version_id)}
    assert (report.objects, report.bytes) == (len(archive.kept), archive.size())
    assert not state.exists()
    assert list(tmp_path.glob(".takan*")) == []


def test_a_log_that_was_exchanged_meanwhile(archive: Archive, tmp_path: Path, s3_server: S3, bucket: str) -> None:
    for number in range(20):
        archive.survey(f"S{number}", 5, size=200)
    state = tmp_path / "state.json"
    with pytest.raises(KeyboardInterrupt):
        run(Counting(archive.objects, stop_after=100), state=state)
    noted = json.loads(state.read_text())
    noted["done"][LOG]["root"] = "00" * 32
    state.write_text(json.dumps(noted))
    report = run(archive.objects, state=state)
    assert [each.kind for each in report.findings] == ["fork"]
    state.write_text("{}")
    with pytest.raises(BadState, match="is not the state of an audit"):
        run(archive.objects, state=state)


def test_a_sample_reads_a_share_and_asks_about_the_rest(archive: Archive) -> None:
    for number in range(10):
        archive.survey(f"S{number}", 20, size=200)
    short = archive.put("v1/demo/2026/11/S0/short", b"short", timedelta(days=2))
    archive.enter("S0", short)
    counting = Counting(archive.objects)
    report = run(counting, sample=0.2)
    assert 20 <= len(counting.read) <= 75
    assert report.objects == len(archive.kept)
    assert named(report.findings) == {("short-lock", short.key, short.version_id)}


def test_a_bucket_without_logs_is_no_archive(objects: Objects, archive: Archive) -> None:
    with pytest.raises(AuditImpossible, match="has no log"):
        run(objects)
    archive.survey("S1")
    with pytest.raises(AuditImpossible, match="no log of n9"):
        run(objects, nodes=("n9",))


def test_a_store_that_is_away_is_no_finding(s3_server: S3) -> None:
    with pytest.raises(StoreUnreachable):
        run(s3_server.objects("nowhere", f"127.0.0.1:{free_port()}"))


def test_a_store_that_goes_away_is_waited_for(objects: Objects, s3_server: S3) -> None:
    away = s3_server.objects(objects.bucket, f"127.0.0.1:{free_port()}")
    pauses: list[float] = []
    with pytest.raises(StoreUnreachable):
        patiently(away, away.ping, patience_s=10, sleep=pauses.append)
    assert 10 < sum(pauses) < 20

    def back_after_three() -> str:
        if len(pauses) < 3:
            away.ping()
        return "back"

    pauses.clear()
    assert patiently(away, back_after_three, patience_s=10, sleep=pauses.append) == "back"

    def never_given() -> str:
        raise StoreUnreachable("here", "a damaged volume")

    with pytest.raises(Unreadable, match="a damaged volume"):
        patiently(objects, never_given, sleep=pauses.append)


def test_an_entry_of_another_form_is_named(archive: Archive) -> None:
    archive.survey("S1")
    archive.log.append([Entry("segment", "S1", archive.now, {"key": "v1/demo/2026/11/S1/x", "size": 3})])
    key = "v1/demo/2026/11/S9/x"
    kept = archive.put(key, b"of another", timedelta(days=180))
    archive.enter("S1", kept)
    report = run(archive.objects)
    assert [each.kind for each in report.findings] == ["bad-entry", "bad-entry"]
    assert "does not state all of" in report.findings[0].problem
    assert "not of it" in report.findings[1].problem
