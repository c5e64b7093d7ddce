"""A thousand ways to tamper with a bundle. Each takes dice and gives a zip, and a word its refusal must contain.

Some attackers only touch bytes; some write the bag's manifests anew; some forge entries, tree and checkpoint too and
lack nothing but the node's key.
"""

import base64
import dataclasses
import hashlib
import io
import json
import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import rfc8785

from evidence_store.ledger.merkle import leaf_hash
from evidence_store.ledger.notes import Signer
from evidence_store.ledger.proofs import ProvenEntry, proof_files
from tests.evidence_store.verify.maker import (
    INTRUDER,
    ORIGIN,
    PREFIX,
    SURVEY,
    TAGS,
    Files,
    Log,
    Survey,
    header,
    in_order,
    manifest,
    members,
    signer,
    sm3,
    zipped,
)


@dataclass(frozen=True)
class Forgery:
    data: bytes
    named: str = ""
    """What the problems must name: a file, or a thing."""


class Victim:
    """An honest bundle."""

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.files: Files = survey.objects | survey.log.files()
        self.info = survey.info
        self.members = members(in_order(self.files), self.info)
        self.zip = zipped(self.members)
        self.paths = sorted(self.files)
        self.entries = [path for path in self.paths if path.startswith("ledger/entries/")]


Mutation = Callable[[Victim, random.Random], Forgery]
MUTATIONS: list[Mutation] = []


def mutation(made: Mutation) -> Mutation:
    MUTATIONS.append(made)
    return made


def changed(data: bytes, dice: random.Random) -> bytes:
    """These bytes with a bit flipped, some cut, dropped, added or doubled; never the same."""
    while True:
        at = dice.randrange(len(data)) if data else 0
        kind = dice.randrange(5)
        made = {
            0: data[:at] + bytes([(data[at] if data else 0) ^ 1 << dice.randrange(8)]) + data[at + 1 :],
            1: data[:at],
            2: data[:at] + data[at + dice.randrange(1, 9) :],
            3: data[:at] + dice.randbytes(dice.randrange(1, 9)) + data[at:],
            4: data + data[at:],
        }[kind]
        if made != data:
            return made


def rebuilt(victim: Victim, files: Files, named: str, **tags: bytes) -> Forgery:
    """With all manifests made for these files."""
    return Forgery(zipped(members(in_order(files), victim.info, tags)), named)


# Bytes of the zip


@mutation
def flip_a_bit_of_the_zip(victim: Victim, dice: random.Random) -> Forgery:
    data = bytearray(victim.zip)
    data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    return Forgery(bytes(data))


@mutation
def change_some_bytes_of_the_zip(victim: Victim, dice: random.Random) -> Forgery:
    return Forgery(changed(victim.zip, dice))


@mutation
def flip_a_bit_outside_the_files(victim: Victim, dice: random.Random) -> Forgery:
    """In headers, directory and end record: what a reader by name never looks at."""
    with zipfile.ZipFile(io.BytesIO(victim.zip)) as archive:
        starts = [(each.header_offset, 30 + len(each.filename.encode())) for each in archive.infolist()]
        starts.append((archive.start_dir, len(victim.zip) - archive.start_dir))
    start, length = dice.choice([*starts, starts[-1], starts[-1]])
    data = bytearray(victim.zip)
    data[start + dice.randrange(length)] ^= 1 << dice.randrange(8)
    return Forgery(bytes(data))


@mutation
def bytes_before_or_after(victim: Victim, dice: random.Random) -> Forgery:
    more = dice.randbytes(dice.randrange(1, 60))
    return Forgery(dice.choice((victim.zip + more, more + victim.zip)), "out.zip")


@mutation
def another_zip_of_the_same_files(victim: Victim, dice: random.Random) -> Forgery:
    """A comment, an extra field, a time, a mode, a system, compression: content and manifests as they were."""
    target = io.BytesIO()
    touched = dice.randrange(1, len(victim.members))
    kind = dice.randrange(7)
    with zipfile.ZipFile(target, "w") as archive:
        for number, (name, data) in enumerate(victim.members):
            entry = header(name)
            if number == touched and kind == 0:
                entry.comment = b"a word"
            elif number == touched and kind == 1:
                entry.extra = b"\x99\x99\x02\x00xx"
            elif number == touched and kind == 2:
                entry.date_time = (2026, 11, 22, 8, 0, 0)
            elif number == touched and kind == 3:
                entry.external_attr |= dice.choice((1, 0o111 << 16))
            elif number == touched and kind == 4:
                entry.create_system = 0
            elif number == touched and kind == 5:
                entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
        if kind == 6:
            archive.comment = b"a word"
    return Forgery(target.getvalue(), "end" if kind == 6 else victim.members[touched][0])


@mutation
def move_members_of_the_zip(victim: Victim, dice: random.Random) -> Forgery:
    parts = list(victim.members)
    one, other = dice.sample(range(len(parts)), 2)
    parts[one], parts[other] = parts[other], parts[one]
    return Forgery(zipped(parts))


@mutation
def double_a_member_of_the_zip(victim: Victim, dice: random.Random) -> Forgery:
    parts = list(victim.members)
    name, data = dice.choice(parts[1:])
    parts.insert(dice.randrange(1, len(parts) + 1), (name, dice.choice((data, changed(data, dice)))))
    return Forgery(zipped(parts), name.partition("/")[2])


@mutation
def another_top_folder(victim: Victim, dice: random.Random) -> Forgery:
    name = f"takan-{dice.randbytes(4).hex()}"
    return Forgery(zipped([(f"{name}/{old.partition('/')[2]}", data) for old, data in victim.members]), name)


# Files, tag files among them, with the manifests left alone


@mutation
def change_a_file(victim: Victim, dice: random.Random) -> Forgery:
    parts = list(victim.members)
    at = dice.randrange(1, len(parts))
    name, data = parts[at]
    parts[at] = (name, changed(data, dice))
    return Forgery(zipped(parts), name.partition("/")[2])


@mutation
def drop_a_file(victim: Victim, dice: random.Random) -> Forgery:
    parts = list(victim.members)
    name, _ = parts.pop(dice.randrange(1, len(parts)))
    return Forgery(zipped(parts), name.partition("/")[2])


@mutation
def add_a_file(victim: Victim, dice: random.Random) -> Forgery:
    parts = list(victim.members)
    top = parts[0][0].partition("/")[0]
    name = dice.choice(
        ("data/media/p1/more.m4s", "data/more", "fetch.txt", "more.txt", "tagmanifest-md5.txt", "extra/")
    )
    parts.insert(dice.randrange(1, len(parts) + 1), (f"{top}/{name}", b"" if name[-1] == "/" else dice.randbytes(50)))
    return Forgery(zipped(parts), name)


@mutation
def swap_two_files(victim: Victim, dice: random.Random) -> Forgery:
    parts = list(victim.members)
    one, other = dice.sample(range(1, len(parts)), 2)
    (name, data), (other_name, other_data) = parts[one], parts[other]
    parts[one], parts[other] = (name, other_data), (other_name, data)
    return Forgery(zipped(parts), name.partition("/")[2])


# The same by somebody who makes the bag's manifests anew


@mutation
def change_a_file_and_rebuild(victim: Victim, dice: random.Random) -> Forgery:
    path = dice.choice(victim.paths)
    return rebuilt(victim, victim.files | {path: changed(victim.files[path], dice)}, path)


@mutation
def change_a_file_of_the_ledger_and_rebuild(victim: Victim, dice: random.Random) -> Forgery:
    path = dice.choice(("ledger/checkpoint", "ledger/vkey", "ledger/proofs.json", dice.choice(victim.entries)))
    return rebuilt(victim, victim.files | {path: changed(victim.files[path], dice)}, "data/ledger/")


@mutation
def drop_a_file_and_rebuild(victim: Victim, dice: random.Random) -> Forgery:
    path = dice.choice(victim.paths)
    return rebuilt(victim, {name: data for name, data in victim.files.items() if name != path}, path)


@mutation
def add_a_file_and_rebuild(victim: Victim, dice: random.Random) -> Forgery:
    folder = dice.choice(
        ("media/p1/1/", "photos/", "ledger/", "ledger/entries/", "ledger/logs/x/", "seals/3-case/", "")
    )
    path = f"{folder}{dice.choice(('more', 'manifest-0123456789abcdef.json', '000000007.json', 'timestamp.tsr'))}"
    return rebuilt(victim, victim.files | {path: dice.randbytes(dice.randrange(99))}, path)


@mutation
def swap_two_files_and_rebuild(victim: Victim, dice: random.Random) -> Forgery:
    one, other = dice.sample(victim.paths, 2)
    return rebuilt(victim, victim.files | {one: victim.files[other], other: victim.files[one]}, one)


@mutation
def rename_a_file_and_rebuild(victim: Victim, dice: random.Random) -> Forgery:
    path = dice.choice(victim.paths)
    files = dict(victim.files)
    files[dice.choice((f"{path}x", f"media/{path}", path.replace("0", "1", 1) + "0"))] = files.pop(path)
    return rebuilt(victim, files, path)


@mutation
def reorder_the_payload_and_rebuild(victim: Victim, dice: random.Random) -> Forgery:
    files = in_order(victim.files)
    one, other = dice.sample(range(len(files)), 2)
    files[one], files[other] = files[other], files[one]
    return Forgery(zipped(members(files, victim.info)), "place in the zip")


@mutation
def respell_a_manifest_and_rebuild(victim: Victim, dice: random.Random) -> Forgery:
    name = dice.choice(TAGS[2:])
    text = {full.partition("/")[2]: data for full, data in victim.members}[name].decode()
    lines = text.splitlines(keepends=True)
    at = dice.randrange(len(lines))
    hash_, path = lines[at].split("  ", 1)
    lines[at] = dice.choice((f"{hash_.upper()}  {path}", f"{hash_} {path}", f"{hash_} *{path}", f"{lines[at]}\n"))
    if dice.randrange(3) == 0:
        lines = list(text.splitlines(keepends=True))
        one, other = dice.sample(range(len(lines)), 2)
        lines[one], lines[other] = lines[other], lines[one]
    if dice.randrange(5) == 0:
        lines.append(text.splitlines(keepends=True)[at])
    if dice.randrange(5) == 0:
        lines = [line.replace("\n", "\r\n") for line in lines]
    return rebuilt(victim, victim.files, name, **{name: "".join(lines).encode()})


@mutation
def respell_a_tag_manifest(victim: Victim, dice: random.Random) -> Forgery:
    name = f"tagmanifest-{dice.choice(('sha256', 'sha512'))}.txt"
    listed = [(full.partition("/")[2], data) for full, data in victim.members if full.partition("/")[2] in TAGS]
    text = manifest(name[12:18], listed).decode()
    lines = text.splitlines(keepends=True)
    made = dice.choice((
        text.upper(), "".join(reversed(lines)), "".join(lines[1:]), text + lines[0], text.replace("  ", "\t"),
        text + manifest(name[12:18], [("more.txt", b"")]).decode(), "",
    ))  # fmt: skip
    return rebuilt(victim, victim.files, "txt", **{name: made.encode()})


@mutation
def other_words_about_the_bag_and_rebuild(victim: Victim, dice: random.Random) -> Forgery:
    name = dice.choice(TAGS[:2])
    text = {full.partition("/")[2]: data for full, data in victim.members}[name]
    lines = text.splitlines(keepends=True)
    made = dice.choice((
        changed(text, dice), text + b"Contact-Name: A. N. Other\n", b"".join(reversed(lines)), b"".join(lines[1:]),
        text.replace(b"\n", b"\r\n"), text.replace(b": ", b":", 1), text + b"\n",
    ))  # fmt: skip
    return rebuilt(victim, victim.files, name, **{name: made})


# Words of the ledger and seals, with manifests made anew


def respelled(data: bytes, dice: random.Random) -> bytes:
    """The same JSON value in another form."""
    value = json.loads(data)
    return dice.choice((
        json.dumps(value, sort_keys=True).encode(), data + b"\n", b" " + data, data.replace(b'"v":1', b'"v":1.0'),
        json.dumps(dict(reversed(value.items())), ensure_ascii=False, separators=(",", ":")).encode(),
        data[:-1] + b',"v":1}', data.replace(b'"v":1', b'"v":true'),
    ))  # fmt: skip


@mutation
def respell_json_and_rebuild(victim: Victim, dice: random.Random) -> Forgery:
    seals = [path for path in victim.paths if path.startswith("seals/")]
    path = dice.choice(("ledger/proofs.json", dice.choice(victim.entries), dice.choice(seals)))
    return rebuilt(victim, victim.files | {path: respelled(victim.files[path], dice)}, path)


@mutation
def upper_case_hex_and_rebuild(victim: Victim, dice: random.Random) -> Forgery:
    path = dice.choice([*victim.entries, *(path for path in victim.paths if path.startswith("seals/"))])
    value = json.loads(victim.files[path])
    if "objects" in value:
        dice.choice(value["objects"])["sha256"] = dice.choice(value["objects"])["sha256"].upper()
    else:
        name = dice.choice([name for name in ("prev", "sha256", "sm3") if value.get(name)] or ["survey"])
        value[name] = value[name].upper() if name != "survey" else value[name].lower()
    return rebuilt(victim, victim.files | {path: rfc8785.dumps(value)}, path)


ODD: tuple[Any, ...] = (None, True, -1, 0, 1.5, 2**53 - 1, "", "x", [], {}, [[]], {"key": []}, "../x", "\x1b[31m")


def with_an_odd_value(value: Any, dice: random.Random) -> Any:
    """The value with something in it replaced by what doesn't belong there, or left out."""
    if isinstance(value, dict) and value and dice.randrange(4):
        name = dice.choice(sorted(value))
        if dice.randrange(6) == 0:
            return {other: kept for other, kept in value.items() if other != name}
        return value | {name: with_an_odd_value(value[name], dice)}
    if isinstance(value, list) and value and dice.randrange(4):
        at = dice.randrange(len(value))
        return [*value[:at], with_an_odd_value(value[at], dice), *value[at + 1 :]]
    return dice.choice([odd for odd in ODD if (type(odd), odd) != (type(value), value)])


@mutation
def an_odd_value_and_rebuild(victim: Victim, dice: random.Random) -> Forgery:
    seals = [path for path in victim.paths if path.startswith("seals/")]
    path = dice.choice(("ledger/proofs.json", dice.choice(victim.entries), dice.choice(seals)))
    value = with_an_odd_value(json.loads(victim.files[path]), dice)
    return rebuilt(victim, victim.files | {path: rfc8785.dumps(value)}, "data/")


@mutation
def an_old_checkpoint(victim: Victim, dice: random.Random) -> Forgery:
    """Signed by the node in its time, too short for the record; with the old proofs' size or the new."""
    log, chain = victim.survey.log, victim.survey.log.chains[SURVEY]
    size = dice.randrange(1, chain[-1] + 1)
    files = victim.files | {"ledger/checkpoint": log.note(size).encode()}
    if dice.randrange(2):
        proofs = json.loads(files["ledger/proofs.json"])
        files["ledger/proofs.json"] = rfc8785.dumps(proofs | {"size": size})
    return rebuilt(victim, files, "data/ledger/")


@mutation
def a_newer_checkpoint_without_its_proofs(victim: Victim, dice: random.Random) -> Forgery:
    log = Log(victim.survey.log.signer, leaves=[])
    for leaf in [*victim.survey.log.leaves, *(dice.randbytes(20) for _ in range(dice.randrange(1, 40)))]:
        log.append(leaf)
    return rebuilt(victim, victim.files | {"ledger/checkpoint": log.note().encode()}, "data/ledger/")


@mutation
def change_the_proofs_and_rebuild(victim: Victim, dice: random.Random) -> Forgery:
    proofs = json.loads(victim.files["ledger/proofs.json"])
    entries: list[dict[str, Any]] = proofs["entries"]
    entry = dice.choice([each for each in entries if each["path"]])
    kind = dice.randrange(7)
    if kind == 0:
        entry["path"][dice.randrange(len(entry["path"]))] = base64.b64encode(dice.randbytes(32)).decode()
    elif kind == 1:
        entry["path"].append(entry["path"][0])
    elif kind == 2:
        entry["path"].pop()
    elif kind == 3:
        entries.remove(entry)
    elif kind == 4:
        entries.reverse()
    elif kind == 5:
        entry["note"] = "checked"
    else:
        proofs[dice.choice(("origin", "by"))] = "takan.example/node9"
    return rebuilt(victim, victim.files | {"ledger/proofs.json": rfc8785.dumps(proofs)}, "data/ledger/")


@mutation
def somebody_elses_signature(victim: Victim, dice: random.Random) -> Forgery:
    """Under the node's name or another's, instead of the node's or beside it, with or without their key in the bag."""
    other = dice.choice((INTRUDER, signer("takan.example/node2", dice.randrange(10, 99))))
    text = victim.survey.log.text()
    own = victim.files["ledger/vkey"].decode()
    note, vkey = dice.choice((
        (other.sign(text), f"{other.verifier}\n"),
        (other.sign(text), own),
        (victim.survey.log.note() + other.line(text), own),
        (victim.survey.log.note() + other.line(text), f"{own}{other.verifier}\n"),
        (other.sign(text) + victim.survey.log.signer.line(text), f"{other.verifier}\n{own}"),
        (victim.survey.log.note() + victim.survey.log.signer.line(text), own + own),
        (victim.survey.log.note(), f"{other.verifier}\n"),
    ))  # fmt: skip
    files = victim.files | {"ledger/checkpoint": note.encode(), "ledger/vkey": vkey.encode()}
    return rebuilt(victim, files, "data/ledger/")


@mutation
def another_surveys_entry(victim: Victim, dice: random.Random) -> Forgery:
    """A true entry with a true proof, of somebody else."""
    log = victim.survey.log
    own = log.chains[SURVEY]
    alien = dice.choice([index for index in range(len(log.leaves)) if index not in own])
    kept = sorted({*own, alien} - ({dice.choice(own)} if dice.randrange(2) else set()))
    files = {path: data for path, data in victim.files.items() if not path.startswith("ledger/")}
    files |= dict(proof_files(log.note(), str(log.signer.verifier), log.proven(kept)))
    return rebuilt(victim, files, f"entries/{alien:09}.json")


@mutation
def leave_an_entry_out(victim: Victim, dice: random.Random) -> Forgery:
    """With its file and its proof. Of the newest, which nothing names, see the tests of bundles."""
    log = victim.survey.log
    gone = dice.choice(log.chains[SURVEY][:-1])
    kept = [index for index in log.chains[SURVEY] if index != gone]
    key = str(json.loads(log.leaves[gone]).get("key", "")).removeprefix(f"{PREFIX}/")
    files = {path: data for path, data in victim.survey.objects.items() if path != key}
    files |= dict(proof_files(log.note(), str(log.signer.verifier), log.proven(kept)))
    return rebuilt(victim, files, "where entry")


# Forgers of the whole chain: entries, tree and checkpoint fit what they changed; only the node's key they don't have


def forged(victim: Victim, files: Files, leaves: dict[int, bytes], dice: random.Random) -> Forgery:
    """With the survey's chain, the tree, the proofs and everything after made to fit the new leaves."""
    log = Log(INTRUDER)
    own = victim.survey.log.chains[SURVEY]
    before: bytes | None = None
    for index, leaf in enumerate(victim.survey.log.leaves):
        new = leaf
        if index in own:
            says = json.loads(leaves.get(index, leaf)) | {"prev": None if before is None else leaf_hash(before).hex()}
            before = new = rfc8785.dumps(says)
        log.append(new)
    by_other = signer("takan.example/node2", 5)
    honest = victim.survey.log
    note, vkey = dice.choice((
        (log.note(), INTRUDER.verifier),
        (by_other.sign(log.text()), by_other.verifier),
        (log.note(), honest.signer.verifier),
        (honest.note(), honest.signer.verifier),
        (log.text() + "\n" + honest.note().rpartition("\n\n")[2], honest.signer.verifier),
        (honest.note() + INTRUDER.line(honest.text()), honest.signer.verifier),
    ))  # fmt: skip
    entries = [ProvenEntry(each.index, each.leaf, each.path) for each in log.proven(own)]
    files = files | dict(proof_files(note, str(vkey), entries))
    return rebuilt(victim, files, "data/ledger/")


def leaf_of(victim: Victim, path: str) -> int:
    key = f"{PREFIX}/{path}"
    return next(index for index in victim.survey.log.chains[SURVEY] if _says(victim, index).get("key") == key)


def _says(victim: Victim, index: int) -> dict[str, Any]:
    return json.loads(victim.survey.log.leaves[index])


def with_object(victim: Victim, index: int, path: str, data: bytes) -> bytes:
    about = {"key": f"{PREFIX}/{path}", "sha256": hashlib.sha256(data).hexdigest(), "sm3": sm3(data), "size": len(data)}
    return rfc8785.dumps(_says(victim, index) | about)


@mutation
def forge_an_object(victim: Victim, dice: random.Random) -> Forgery:
    path = dice.choice([path for path in victim.survey.objects if not path.startswith("seals/")])
    data = changed(victim.survey.objects[path], dice)
    index = leaf_of(victim, path)
    return forged(victim, victim.survey.objects | {path: data}, {index: with_object(victim, index, path, data)}, dice)


@mutation
def forge_an_event(victim: Victim, dice: random.Random) -> Forgery:
    chain = victim.survey.log.chains[SURVEY]
    index = dice.choice([index for index in chain if "key" not in _says(victim, index)])
    return forged(victim, victim.survey.objects, {index: rfc8785.dumps(_says(victim, index) | {"by": "x"})}, dice)


@mutation
def forge_the_seals(victim: Victim, dice: random.Random) -> Forgery:
    """An object or the subject changed in all seals, which keep naming each other."""
    files = {path: data for path, data in victim.survey.objects.items() if not path.startswith("seals/")}
    leaves: dict[int, bytes] = {}
    path = dice.choice([path for path in files if path.startswith("media/")])
    new = changed(files[path], dice)
    kind = dice.randrange(3)
    if kind == 0:
        index = leaf_of(victim, path)
        leaves[index] = with_object(victim, index, path, new)
        files[path] = new
    previous = None
    renamed: dict[str, dict[str, Any]] = {}
    for old_path, old, _ in victim.survey.seals:
        manifest_ = json.loads(rfc8785.dumps(old)) | {"previous": previous}
        manifest_["objects"] = [renamed.get(each["key"], each) for each in manifest_["objects"]]
        for each in manifest_["objects"]:
            if kind == 0 and each["key"] == f"{PREFIX}/{path}":
                each |= {"sha256": hashlib.sha256(new).hexdigest(), "size": len(new)}
        if kind == 1:
            manifest_["subject"] = {"name": "another school"}
        if kind == 2:
            manifest_["objects"] = manifest_["objects"][1:]
        data = rfc8785.dumps(manifest_)
        sha256 = hashlib.sha256(data).hexdigest()
        new_path = f"{old_path.rpartition('-')[0]}-{sha256[:16]}.json"
        index = leaf_of(victim, old_path)
        leaves[index] = with_object(victim, index, new_path, data)
        files[new_path] = data
        previous = {"key": f"{PREFIX}/{new_path}", "sha256": sha256}
        renamed[f"{PREFIX}/{old_path}"] = {
            "key": previous["key"], "sha256": sha256, "size": len(data),
            "version_id": _says(victim, index)["version_id"],
        }  # fmt: skip
    return forged(victim, files, leaves, dice)


# Faults only the node itself could make, signed by its own key: the record contradicts itself


def signed_by_the_node(victim: Victim, make: Callable[[Survey], None], node: Signer, named: str) -> Forgery:
    survey = dataclasses.replace(
        victim.survey,
        log=Log(node),
        dice=random.Random(5),
        objects={},
        listed=[],
        seals=[],
        second=0,
    )
    make(survey)
    parts = members(in_order(survey.objects | survey.log.files()), survey.info)
    return Forgery(zipped(parts), named)


def contradictions(origin: str = ORIGIN) -> list[tuple[str, Callable[[Survey], None], str]]:
    """What goes wrong, how it is made, and what the verifier must say."""

    def begin(survey: Survey) -> None:
        survey.keep("segment", "media/p1/1/init", ".mp4", b"init")
        survey.event("access")

    def twice_first(survey: Survey) -> None:
        begin(survey)
        survey.seal("recording")
        survey.seal("recording")

    def case_first(survey: Survey) -> None:
        begin(survey)
        survey.seal("case")

    def another_number(survey: Survey) -> None:
        begin(survey)
        survey.seal("recording")
        survey.seals.append(survey.seals[-1])
        survey.seal("case")

    def edited(**words: Any) -> Callable[[Survey], None]:
        def make(survey: Survey) -> None:
            begin(survey)
            survey.seal("recording")
            manifest_ = json.loads(survey.seals[-1][2]) | {"number": 2, "kind": "case", **words}
            survey.seal_as(manifest_, 2, "case")

        return make

    def unnamed(survey: Survey) -> None:
        begin(survey)
        survey.listed.append({"key": f"{PREFIX}/media/p9/x.m4s", "version_id": "1", "sha256": "0" * 64, "size": 1})
        survey.seal("recording")

    def other_version(survey: Survey) -> None:
        begin(survey)
        survey.listed[0]["version_id"] = "another"
        survey.seal("recording")

    def wrong_type(survey: Survey) -> None:
        begin(survey)
        survey.seal("recording")
        survey.keep("seal", "photos/9", ".jpg", b"picture")

    def entered_twice(survey: Survey) -> None:
        begin(survey)
        survey.seal("recording")
        survey.keep("segment", "media/p1/1/init", ".mp4", b"init")

    def hole(survey: Survey) -> None:
        begin(survey)
        survey.seal("recording")
        chain = survey.log.chains[SURVEY]
        leaf = json.loads(survey.log.leaves[chain[-1]])
        chain.append(survey.log.append(rfc8785.dumps(leaf | {"seq": leaf["seq"] + 2, "type": "access"})))

    def no_sm3(survey: Survey) -> None:
        begin(survey)
        survey.seal("recording")
        about = {"sha256": hashlib.sha256(b"x").hexdigest(), "size": 1, "key": f"{PREFIX}/x", "version_id": "1"}
        survey.objects["x"] = b"x"
        survey.log.enter(SURVEY, "segment", 60, **about)

    return [
        ("two recording seals", twice_first, "breaks the order of seals"),
        ("a case seal first", case_first, "breaks the order of seals"),
        ("a number left out", another_number, "where seal 2 should come"),
        ("no seal before", edited(), "as the seal before it"),
        ("another survey", edited(survey="another"), "says survey 'another'"),
        ("no objects", edited(objects=None), "has no list of objects"),
        ("an object twice", edited(objects=[{"key": "a"}]), "lists something that is no object"),
        ("a decision that is not there", edited(decision={"key": f"{PREFIX}/x", "sha256": "0"}), "speaks of"),
        ("a missing object", unnamed, "media/p9/x.m4s is missing"),
        ("another version", other_version, "has another version_id"),
        ("a picture entered as a seal", wrong_type, "is of type seal"),
        ("an object entered twice", entered_twice, "and so is"),
        ("a hole in the chain", hole, "where entry"),
        ("an entry without SM3", no_sm3, "does not state all of"),
    ]
