"""The survey itself, as values: events in, a new survey and effects out.

**Pure: no clock, no randomness, no I/O; time and identifiers are arguments.**
"""
