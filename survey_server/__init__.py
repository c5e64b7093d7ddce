"""The survey node: admission, live session, recording, photos, sealing and replay.

**Nothing happens in a survey that its journal does not say first.**
"""

__version__ = "0.5.0.dev0"
