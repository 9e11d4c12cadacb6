"""tollgate-load (bench/load) in the background. The program is named by TOLLGATE_LOAD_BIN."""

import json
import os
import subprocess
import time

from server import STOP_TIMEOUT_S

PROGRAM = os.environ.get("TOLLGATE_LOAD_BIN", "")


class Load:
    """Load on a server from the moment this is made. `flags` are the program's."""

    def __init__(self, server, *flags, path="/api/me"):
        self.process = subprocess.Popen(
            [PROGRAM, "--url", server.url + path, "--json", *map(str, flags)],
            stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def report(self, timeout=90 + STOP_TIMEOUT_S):
        """Waits for its end: the duration is over, or each connection has ended."""
        out, _ = self.process.communicate(timeout=timeout)
        return json.loads(out)


def write_keys(path, secrets):
    """A key file; the generator wants each line ended."""
    with open(path, "w", encoding="ascii") as file:
        file.writelines(secret + "\n" for secret in secrets)


def wait_for_lines(path, timeout=20):
    """Waits until a record file has a line: the load has begun."""
    deadline = time.monotonic() + timeout
    while not os.path.exists(path) or os.path.getsize(path) == 0:
        if time.monotonic() > deadline:
            raise AssertionError(f"no load within {timeout} s")
        time.sleep(0.005)


class Record:
    """What a load sent, and what it knows of each request (the format: bench/load/record_log.h)."""

    def __init__(self, path):
        self.sent = {}  # The number of its key in the key file, by path.
        self.answered = {}  # The status, by path.
        with open(path, encoding="ascii") as file:
            for line in file:
                event, path, detail = line.split()
                if event == "sent":
                    if path in self.sent:
                        raise AssertionError(f"sent twice: {path}")
                    self.sent[path] = int(detail)
                elif event == "answered":
                    self.answered[path] = int(detail)
