"""Files on their way: resumable uploads (tus 1.0.0)."""

from typing import Literal

from survey_server.wire.basics import Wire
from survey_server.wire.node import Problem
from survey_server.wire.photos import PhotoForm, PhotoView
from survey_server.wire.videos import VideoForm, VideoView


class UploadForm(Wire, frozen=True):
    """What a resumable upload is to become: a photo or a video, exactly one. Base64 of this as JSON is the key `facts`
    in tus's Upload-Metadata.
    """

    photo: PhotoForm | None = None
    video: VideoForm | None = None


class ComingView(Wire, frozen=True):
    """A file on its way: how many of its bytes are on the server's disk."""

    name: str
    size: int
    received: int


class UploadView(Wire, frozen=True):
    """One of a person's own uploads. `path` is its tus address; when it is done `photo` or `video` is what it became,
    and `problem` says why if it became nothing.
    """

    path: str
    form: UploadForm
    size: int
    received: int
    state: Literal["coming", "taking", "done", "refused"]
    photo: PhotoView | None = None
    video: VideoView | None = None
    problem: Problem | None = None
