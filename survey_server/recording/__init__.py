"""Keeps what each participant sends, as it was sent.

**A second that was received is on disk about a second later and can be played from there; a second that was not is
listed as a gap with its cause.** Pictures and sounds are neither decoded nor encoded; decode times are on the survey's
line, so that all participants replay in step.
"""

from survey_server.recording.container import read_fragments
from survey_server.recording.lanes import Epoch, Gap, Lane, Part, StoredObject, Track, lanes_from_objects
from survey_server.recording.recorder import Recording
from survey_server.recording.recovery import recover
from survey_server.recording.steps import KeyPicture
from survey_server.recording.timeline import survey_seconds

__all__ = [
    "Epoch",
    "Gap",
    "KeyPicture",
    "Lane",
    "Part",
    "Recording",
    "StoredObject",
    "Track",
    "lanes_from_objects",
    "read_fragments",
    "recover",
    "survey_seconds",
]
