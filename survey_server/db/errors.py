"""Everything that can be wrong with the database itself, and the journal's refusal.

    DatabaseFault
    ├── DatabaseUnreachable   it does not answer, or lets nobody in
    ├── DatabaseFull          its disk is full: nothing was written
    └── DatabaseUnfit         it answers, but the node's promises can't be kept on it
    LineTaken                 somebody else has written a journal line of that number

`str(error)` says what happened and what to do about it, and never holds a password.
"""


class DatabaseFault(OSError):
    """The root: catch this to catch all of them."""


class DatabaseUnreachable(DatabaseFault):
    """No answer, or no admission. `reason` is the driver's or the server's own."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"The database {name} can't be used: {reason}. Check that it runs, that the setting `database` names the "
            "right server and database, and that the user may log in and make tables."
        )


class DatabaseFull(DatabaseFault):
    """No room for what was to be written, and none of it stands. What was committed before does."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"The database {name} has no room: {reason}. Make room on its disk; what it has confirmed is safe, and "
            "writing goes on by itself."
        )


class DatabaseUnfit(DatabaseFault):
    """The database answers and must not be used as it is."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"The database {name} can't be used: {reason}")


class LineTaken(Exception):
    """The journal has a line of this number already; nothing was written."""

    def __init__(self, survey: str, seq: int) -> None:
        super().__init__(
            f"Somebody else has written line {seq} or a later one of survey {survey}. Two processes work on it: end "
            "one and start the other again."
        )
