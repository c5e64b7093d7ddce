"""A process that looks at what strangers sent gives up what it never needs: opening sockets and starting programs
(seccomp, Linux).

Limits bound what a hostile file may cost; this bounds what it may reach if it ever took a decoder over.
"""

import ctypes
import platform
import struct
from typing import Final

_NEW_PRIVILEGES, _SECCOMP, _FILTER_MODE = (
    38,
    22,
    2,
)  # prctl(2): PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER
_ALLOW, _DENY = 0x7FFF0000, 0x00050000 | 13  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | EACCES
_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_FOREIGN_ABI: Final = 0x40000000
"""System calls of x32 carry this bit; nothing here uses them."""

_MACHINES: Final = {
    # audit architecture; socket, socketpair, execve, execveat, ptrace, io_uring_setup, bpf
    "x86_64": (0xC000003E, (41, 53, 59, 322, 101, 425, 321)),
    "aarch64": (0xC00000B7, (198, 199, 221, 281, 117, 425, 280)),
}


def confine() -> bool:
    """Deny this process and its threads, for good, those system calls (they fail with EACCES).

    False where the kernel or the machine doesn't know how; the limits hold all the same.
    """
    known = _MACHINES.get(platform.machine())
    if known is None or platform.system() != "Linux":
        return False
    architecture, calls = known
    last = len(calls)
    rules = [
        (_LOAD, 0, 0, 4),  # the architecture
        (_JUMP_IF_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _DENY),
        (_LOAD, 0, 0, 0),  # the call's number
        (_JUMP_IF_AT_LEAST, last + 1, 0, _FOREIGN_ABI),  # jumps count the rules they step over: to the last
        *((_JUMP_IF_EQUAL, last - place, 0, number) for place, number in enumerate(calls)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _DENY),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *rule) for rule in rules))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(rules), ctypes.addressof(code)))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
    if prctl(_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return bool(prctl(_SECCOMP, _FILTER_MODE, ctypes.addressof(program), 0, 0) == 0)
