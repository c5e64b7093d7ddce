"""Ways to tamper with a bundle. Each takes dice and gives a zip, and a word its refusal must contain.

Here are attackers who touch bytes, and those who write the bag's manifests anew; `forgeries` has those who also know
what a ledger is.
"""

import io
import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

from tests.evidence_store.verify.maker import (
    TAGS,
    Files,
    Survey,
    header,
    in_order,
    manifest,
    members,
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
