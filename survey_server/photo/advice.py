"""What whoever took a photo reads after a finding: what becomes of it, and what they can do. Nobody else is told."""

from typing import Final

from survey_server.wire.basics import Text

NO_MATTER: Final = Text("这不影响您。", "That does not count against you.")
PLACE_OTHERWISE: Final = Text(
    "这不影响您；工作人员会用其他方式核对地点。",
    "That does not count against you; the place will be checked another way.",
)
NOTHING_TO_DO: Final = Text("工作人员会查看，您无需操作。", "A person will look at it; there is nothing for you to do.")
ORIGINAL: Final = Text(
    "工作人员会查看。请尽量直接上传相机原图。",
    "A person will look at it. Please send the camera's original if you can.",
)
ORIGINAL_VIDEO: Final = Text(
    "工作人员会查看。请尽量直接上传相机原片。",
    "A person will look at it. Please send the camera's original if you can.",
)
"""A video is another word in Chinese."""
