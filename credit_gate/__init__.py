"""Who may be surveyed remotely, and on what terms.

**Nobody is admitted on a standing that is unknown, and nobody is refused but by a rule that is cited.**

Values only: a subject, its standing, an item's terms, a policy and a moment go in; a decision with its reasons comes
out. Nothing here keeps a clock, a key or a connection, and no raw identity number leaves `subject`.
"""
