"""An upload in parts, request by request, so that each can carry headers of its own."""

import re
from collections.abc import Mapping, Sequence

from evidence_store.conformance.caller import Answer, Caller

SMALLEST_PART = 5 * 2**20
"""Bytes that every part but the last needs at least (S3)."""
_UPLOAD = re.compile(rb"<UploadId>([^<]+)</UploadId>")
_REFUSED = 412


def in_parts(
    caller: Caller,
    path: str,
    parts: Sequence[bytes],
    *,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    at_the_end: Mapping[str, str] | None = None,
) -> Answer:
    """Begin an upload with `query` and `headers`, send the parts, complete it with `at_the_end`.

    Returns the answer to the completion, or the first refusal on the way; an upload that was not completed is aborted.
    """
    begun = caller.send("POST", path, {"uploads": "", **(query or {})}, headers)
    found = _UPLOAD.search(begun.data)
    if not begun.granted or found is None:
        return begun
    upload, listed = {"uploadId": found[1].decode()}, ""
    for number, data in enumerate(parts, 1):
        sent = caller.send("PUT", path, {"partNumber": str(number), **upload}, body=data)
        if not sent.granted:
            return sent
        listed += f"<Part><PartNumber>{number}</PartNumber><ETag>{sent.headers.get('etag', '')}</ETag></Part>"
    body = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()
    answer = caller.send("POST", path, upload, at_the_end, body)
    if answer.granted and answer.code:  # S3 may answer 200 and tell of the error in the body
        answer = Answer(_REFUSED, answer.code, answer.headers, answer.data)
    if not answer.granted:
        caller.send("DELETE", path, upload)
    return answer
