"""Whoever has no key, or only knows its name, must get nowhere.

The keyless write (CVE-2026-41145, CVE-2026-40344) is two lines. A store that takes a write from somebody who knows an
access key and no secret (`STREAMING-UNSIGNED-PAYLOAD-TRAILER`; MinIO's last sources do) is used with a warning: such a
write adds a version, and evidence is read by its pinned version id and checked against its hash, so nothing kept is
changed. It can still fill the store, hide keys under newer versions and take names that are claimed by a conditional
write, so it wants a proxy that refuses these requests. It is critical when such a write changes a locked version, its
lock included: then the record itself can be replaced. MinIO allows that through archives it unpacks, which carry the
version id of each member; the conditions of its ordinary write are not asked there. What is written and afterwards
read again decides, not the answer.
"""

import base64
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from urllib.parse import quote, urlencode

from minio.error import S3Error

from evidence_store.conformance.caller import REGION, Answer, answer_of, refused
from evidence_store.conformance.check import Check
from evidence_store.conformance.rewriting import UNPACK, archive
from evidence_store.conformance.scratch import EVIDENCE, Scratch
from evidence_store.conformance.verdict import Unmet

_TRAILER = "x-amz-checksum-crc32"
_FORGED = b"forged"
_NO_SIGNATURE = "0" * 64


def _anonymous_reads(scratch: Scratch) -> str:
    version = scratch.locked("anonymous-read")
    word = refused("Anybody could read the object", lambda: scratch.nobody.send("GET", version.path))
    refused(
        "Anybody could read the version", lambda: scratch.nobody.send("GET", version.path, {"versionId": version.id})
    )
    return word


def _anonymous_writes(scratch: Scratch) -> str:
    version = scratch.unlocked("anonymous-write")
    path = f"{scratch.bucket}/{scratch.key('anonymous')}"
    word = refused("Anybody could write", lambda: scratch.nobody.send("PUT", path, body=EVIDENCE))
    for query in ({}, {"versionId": version.id}):
        refused("Anybody could delete", partial(scratch.nobody.send, "DELETE", version.path, query))
    scratch.intact(version)
    return word


def _anonymous_lists(scratch: Scratch) -> str:
    word = refused(
        "Anybody could list the bucket", lambda: scratch.nobody.send("GET", scratch.bucket, {"list-type": "2"})
    )
    refused("Anybody could list the versions", lambda: scratch.nobody.send("GET", scratch.bucket, {"versions": ""}))
    refused("Anybody could list the buckets", lambda: scratch.nobody.send("GET"))
    return word


def _wrong_secret(scratch: Scratch) -> str:
    path = f"{scratch.bucket}/{scratch.key('liar')}"
    word = refused("A write with a wrong secret was accepted", lambda: scratch.liar.send("PUT", path, body=EVIDENCE))
    version = scratch.locked("secret")
    refused("A read with a wrong secret was answered", lambda: scratch.liar.send("GET", version.path))
    return word


def _forge(
    scratch: Scratch, path: str, body: bytes, headers: Mapping[str, str], version_id: str, *, in_header: bool
) -> Answer:
    """A PUT that names the node's access key without a signature, in the query (CVE-2026-41145) or in the header."""
    keys = scratch.node.keys
    assert keys is not None
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{keys.access_key}/{stamp[:8]}/{REGION}/s3/aws4_request"
    sent = {"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x-amz-date": stamp, **headers}
    query = {"versionId": version_id} if version_id else {}
    if in_header:
        signed = "SignedHeaders=host;x-amz-content-sha256;x-amz-date"
        sent["Authorization"] = f"AWS4-HMAC-SHA256 Credential={scope}, {signed}, Signature={_NO_SIGNATURE}"
    else:
        query |= {"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Credential": scope, "X-Amz-Date": stamp}
        query |= {"X-Amz-Expires": "600", "X-Amz-SignedHeaders": "host", "X-Amz-Signature": _NO_SIGNATURE}
    url = f"{'https' if scratch.secure else 'http'}://{scratch.endpoint}/{quote(path)}"
    url += f"?{urlencode(query)}" if query else ""
    return answer_of(scratch.pool.request("PUT", url, body=body, headers=sent, redirect=False))


def _in_chunks(data: bytes) -> tuple[bytes, dict[str, str]]:
    """A body with an unsigned trailer (aws-chunked), and the headers that announce it."""
    crc = base64.b64encode(zlib.crc32(data).to_bytes(4, "big"))
    body = b"%x\r\n%s\r\n0\r\n%s:%s\r\n\r\n" % (len(data), data, _TRAILER.encode(), crc)
    length = {"x-amz-decoded-content-length": str(len(data))}
    return body, length | {"content-encoding": "aws-chunked", "x-amz-trailer": _TRAILER}


def _keyless(scratch: Scratch) -> str:
    words: list[str] = []
    for in_header in (False, True):
        for unpacked in (False, True):
            version = scratch.locked("keyless")
            path = f"{scratch.bucket}/{scratch.key('forged')}"
            body, headers = (archive(version, _FORGED), UNPACK) if unpacked else _in_chunks(_FORGED)
            act = f"A write{' of an archive' if unpacked else ''} with the node's access key and no secret was accepted"
            words.append(refused(act, partial(_forge, scratch, path, body, headers, "", in_header=in_header)))
    return ", ".join(dict.fromkeys(words))


def _keyless_spares(scratch: Scratch) -> str:
    taken = 0
    for in_header in (False, True):
        for over in ("key", "version", "archive"):
            version = scratch.locked(f"keyless-{over}")
            if over == "archive":
                path, (body, headers) = (
                    f"{scratch.bucket}/{scratch.key('forged.tar')}",
                    (archive(version, _FORGED), UNPACK),
                )
            else:
                path, (body, headers) = version.path, _in_chunks(_FORGED)
            named = version.id if over == "version" else ""
            taken += _forge(scratch, path, body, headers, named, in_header=in_header).granted
            try:
                scratch.intact(version)
            except (Unmet, S3Error) as error:
                what = {"key": "under its key", "version": "naming its version", "archive": "in an archive"}[over]
                raise Unmet(f"After a write {what} without the secret: {error}") from error
    return f"{taken} of 6 such writes accepted, every locked version unchanged" if taken else ""


DOORS = (
    Check(
        "anonymous-read",
        "Nobody reads without a key.",
        "Faces, voices and papers of the people surveyed would be open to everybody who reaches the store.",
        _anonymous_reads,
    ),
    Check(
        "anonymous-write",
        "Nobody writes or deletes without a key.",
        "Anybody who reaches the store could add to it, hide what is there and remove what is not locked.",
        _anonymous_writes,
    ),
    Check(
        "anonymous-list",
        "Nobody lists without a key.",
        "Anybody who reaches the store could see whose surveys it holds.",
        _anonymous_lists,
    ),
    Check(
        "wrong-secret-refused",
        "An access key with a wrong secret is refused.",
        "Whoever knows the name of a key could use it.",
        _wrong_secret,
    ),
    Check(
        "keyless-write-spares-locked",
        "A write that names the node's access key and carries no secret leaves every locked version, and its lock, as "
        "they are.",
        "Whoever knows an access key could replace locked evidence under its own version id and take its lock away. "
        "Put a proxy in front of the store that refuses every request with the header X-Amz-Meta-Snowball-Auto-Extract "
        "or with the value STREAMING-UNSIGNED-PAYLOAD-TRAILER in X-Amz-Content-Sha256, and let nothing reach the store "
        "but through it.",
        _keyless_spares,
    ),
    Check(
        "keyless-write-refused",
        "A write that names the node's access key and carries no secret is refused (CVE-2026-41145, CVE-2026-40344).",
        "Whoever knows an access key could fill the store, hide evidence under newer versions and take names that a "
        "ledger is about to claim. Put a proxy in front of the store that refuses every request with the value "
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER in X-Amz-Content-Sha256, and choose access keys at random.",
        _keyless,
        critical=False,
    ),
)
