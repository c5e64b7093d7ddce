"""What the survey knows about a photo besides its bytes."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from survey_server.photo.policy import Policy
from survey_server.wire.basics import Position, Site, Window

Nonce = Literal["ok", "late", "wrong"]


class Context(Struct, frozen=True):
    """One photo's circumstances, as the server recorded them.

    `received_at` is the server's clock and carries a zone. `nonce` is the fate of the one-time number a live
    still must answer: None when no live capture is claimed. `position` is the browser's own (WGS-84); it says
    where the phone was when it sent, so it counts as the photo's place for a still only. `user_agent` is the sending
    browser's own name, `device_model` the phone's where the browser tells it, `source` whether its page opened the
    camera or the library, `clock_ahead_s` how far its clock is ahead of the server's (measured when the page joined).
    """

    name: str
    channel: Literal["still", "upload"]
    site: Site
    window: Window
    received_at: datetime
    position: Position | None = None
    nonce: Nonce | None = None
    user_agent: str = ""
    device_model: str = ""
    source: Literal["capture", "library"] | None = None
    clock_ahead_s: float = 0.0
    policy: Policy = Policy()

    @property
    def live(self) -> bool:
        """Was this provably taken inside the call?"""
        return self.channel == "still" and self.nonce == "ok"
