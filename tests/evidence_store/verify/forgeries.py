"""Ways to tamper with what the ledger and the seals say, the bag's manifests made anew each time.

The last of these forge entries, tree and checkpoint too and lack nothing but the node's key.
"""

import base64
import hashlib
import json
import random
from typing import Any

import rfc8785

from evidence_store.ledger.merkle import leaf_hash
from evidence_store.ledger.proofs import ProvenEntry, proof_files
from tests.evidence_store.verify.maker import (
    INTRUDER,
    PREFIX,
    SURVEY,
    Files,
    Log,
    signer,
    sm3,
)
from tests.evidence_store.verify.mutations import Forgery, Victim, changed, mutation, rebuilt


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
