import pytest


@pytest.fixture(autouse=True)
def no_codec(monkeypatch: pytest.MonkeyPatch):
    """aiortc's encoders and decoders are never made, whatever a test does."""
    made: list[object] = []
    for module in ("aiortc.rtcrtpsender.get_encoder", "aiortc.rtcrtpreceiver.get_decoder",
                   "aiortc.codecs.get_encoder", "aiortc.codecs.get_decoder"):  # fmt: skip
        monkeypatch.setattr(module, made.append)
    yield
    assert made == []
