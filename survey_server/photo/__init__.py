"""Photos: bytes in, findings out.

**A photo never raises: whatever the bytes are, the answer is a list of findings with reasons in words.**

`check` examines, `inspect` only reads, `preview` makes a small clean JPEG. All three are pure and bounded in
what they decode, but a hostile file may still cost seconds of CPU: a server runs them through
`survey_server.photo.worker`, never on its event loop.
"""

from survey_server.photo.context import Context
from survey_server.photo.examination import Report, check, inspect
from survey_server.photo.picture import Undecodable, preview

__all__ = ["Context", "Report", "Undecodable", "check", "inspect", "preview"]
