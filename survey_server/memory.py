"""How the process uses memory over hours: what the interpreter and the C library do by default lets it grow."""

import ctypes
import gc
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_LARGE_BYTES = 64 << 10
_KEPT_FREE_BYTES = 1 << 20
_ARENAS = 2


def give_back() -> None:
    """Have glibc give large buffers back at once and keep threads to two heaps (mallopt(3)). Before threads start.

    By default the threads that upload parts keep heaps of their own, which grow. Without glibc nothing is done.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
        if mallopt is not None:
            mallopt(_M_ARENA_MAX, _ARENAS)
            mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
            mallopt(_M_TRIM_THRESHOLD, _KEPT_FREE_BYTES)


def freeze() -> None:
    """What exists now stays, so the collector need not look at it again (gc.freeze).

    There are some 140,000 such objects: a look at all of them stops the loop for 80 ms.
    """
    gc.collect()
    gc.freeze()
