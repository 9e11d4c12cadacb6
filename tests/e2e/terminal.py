"""The binary on a terminal of its own: what it writes where a person would look at it."""

import fcntl
import os
import pty
import struct
import subprocess
import termios

from server import PROGRAM, STOP_TIMEOUT_S, clean_environment


def run_on_terminal(*arguments, environment=None, columns=80, input_text=""):
    """Runs the binary with stdout and stderr on one terminal that is so wide.

    Returns (exit status, what the terminal got, with plain line ends)."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen([PROGRAM, *arguments], stdin=subprocess.PIPE, stdout=theirs,
                               stderr=theirs, env=clean_environment(**(environment or {})))
    os.close(theirs)
    process.stdin.write(input_text.encode())
    process.stdin.close()
    pieces = []
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # EIO: nobody has the other end open any more.
            break
        if not piece:
            break
        pieces.append(piece)
    os.close(ours)
    status = process.wait(STOP_TIMEOUT_S)
    return status, b"".join(pieces).decode().replace("\r\n", "\n")
