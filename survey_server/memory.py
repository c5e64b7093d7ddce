"""How the process uses memory over hours: what the interpreter and the C library do by default lets it grow."""

import ctypes
import gc
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_LARGE_BYTES = 64 << 10
_KEPT_FREE_BYTES = 1 << 20
_ARENAS = 2


def few_arenas() -> None:
    """Have glibc give large buffers back at once and keep threads to two heaps (mallopt(3)). Before threads start.

    By default each thread that ever read an object for its upload keeps a heap of that size. Elsewhere nothing is done.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
        if mallopt is not None:
            mallopt(_M_ARENA_MAX, _ARENAS)
            mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
            mallopt(_M_TRIM_THRESHOLD, _KEPT_FREE_BYTES)


def started() -> None:
    """What exists now stays: the collector need not look at it again.

    It looks at everything only when a quarter as much has been added. Beside half a million objects of imported modules
    that takes hours, in which garbage piles up, and each look stops the loop for a tenth of a second.
    """
    gc.collect()
    gc.freeze()
