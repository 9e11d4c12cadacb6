"""Runs a command under a seccomp filter that refuses system calls of io_uring.

Usage: refused_ring.py ERRNO SYSCALL,SYSCALL... COMMAND...
"""

import ctypes
import errno
import os
import platform
import struct
import sys

# The numbers are the same on every architecture but alpha (asm-generic/unistd.h).
SYSCALLS = {"io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427}

PR_SET_NO_NEW_PRIVS = 38
PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2
SECCOMP_RET_ERRNO = 0x00050000
SECCOMP_RET_ALLOW = 0x7FFF0000

# linux/filter.h: load a word, jump if equal, return.
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06


def program_of(error, numbers):
    """Classic BPF: `error` for these system calls, everything else is allowed. The architecture is
    not looked at: this is a test's own child, not an attacker."""
    code = [(LOAD, 0, 0, 0)]  # seccomp_data.nr
    for at, number in enumerate(numbers):
        code.append((JUMP_EQUAL, len(numbers) - at, 0, number))
    code.append((RETURN, 0, 0, SECCOMP_RET_ALLOW))
    code.append((RETURN, 0, 0, SECCOMP_RET_ERRNO | error))
    return b"".join(struct.pack("HBBI", *line) for line in code), len(code)


def install(error, numbers):
    libc = ctypes.CDLL(None, use_errno=True)
    code, length = program_of(error, numbers)
    instructions = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxP", length, ctypes.addressof(instructions))
    for arguments in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
                      (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0)):
        if libc.prctl(*arguments) != 0:
            raise OSError(ctypes.get_errno(), "prctl")


if __name__ == "__main__":
    assert platform.machine() != "alpha"
    install(getattr(errno, sys.argv[1]), [SYSCALLS[name] for name in sys.argv[2].split(",")])
    os.execvp(sys.argv[3], sys.argv[3:])
