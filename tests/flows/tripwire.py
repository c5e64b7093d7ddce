"""`takan` with a tripwire in every aiortc encoder and decoder: the first that runs writes TAKAN_TRIPWIRE and dies."""

import os
import sys
from pathlib import Path
from typing import Any, NoReturn

from aiortc import codecs, rtcrtpreceiver, rtcrtpsender
from aiortc.codecs import g711, g722, h264, opus, vpx

from survey_server.cli import main


def tripped(*_args: Any, **_kwargs: Any) -> NoReturn:
    Path(os.environ["TAKAN_TRIPWIRE"]).write_text("an aiortc encoder or decoder ran")
    os._exit(99)


def arm() -> None:
    for module in (codecs, rtcrtpreceiver, rtcrtpsender):
        for name in ("get_encoder", "get_decoder"):
            if hasattr(module, name):
                setattr(module, name, tripped)
    for module in (g711, g722, h264, opus, vpx):
        for value in vars(module).values():
            if isinstance(value, type) and value.__module__ == module.__name__:
                for name in ("encode", "decode", "pack"):
                    if name in vars(value):
                        setattr(value, name, tripped)


if __name__ == "__main__":
    arm()
    if sys.argv[1:] == ["trip"]:
        h264.H264Encoder().encode(None, False)
    main()
