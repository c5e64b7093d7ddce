"""What happens round a survey: gate, platform, panel, record, seals. It judges no time, so it runs on every core."""

from tests.flows.conftest import client, served, video

__all__ = ["client", "served", "video"]
