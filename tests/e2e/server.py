"""The real binary, on a port of its own and in a data directory of its own.

The binary is named by TOLLGATE_BIN. Everything a Server made is gone when its `with` block ends.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

from wire import Answer, Connection, get, post

PROGRAM = os.environ["TOLLGATE_BIN"]
LONG = os.environ.get("TOLLGATE_LONG") == "1"

READY_TIMEOUT_S = 30
STOP_TIMEOUT_S = 30


def clean_environment(**more):
    """This process's environment without what would configure tollgate."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TOLLGATE_")}
    return kept | more


def run_to_end(*arguments, environment=None, launcher=(), timeout=STOP_TIMEOUT_S):
    """Runs the binary until it ends. Returns (exit status, stdout, stderr, seconds)."""
    begun = time.monotonic()
    done = subprocess.run([*launcher, PROGRAM, *arguments], capture_output=True, text=True,
                          timeout=timeout, env=clean_environment(**(environment or {})))
    return done.returncode, done.stdout, done.stderr, time.monotonic() - begun


class Server:
    """`flags` are those of every start. `data` is kept when it is given, else made and removed.

    `listen`: the addresses; the first is where the requests of this class go. `token` is None
    until the first start, unless it is given: then the environment passes it on.
    """

    def __init__(self, *flags, data=None, listen=("127.0.0.1:0",), environment=None, launcher=(),
                 token=None):
        self.folder = tempfile.mkdtemp(prefix="tollgate-e2e-")
        os.chmod(self.folder, 0o755)  # --user NAME must get through.
        self.data = data or os.path.join(self.folder, "data")
        self.flags = list(flags)
        self.listen = list(listen)
        self.environment = dict(environment or {})
        self.launcher = list(launcher)
        self.token = token
        self.process = None
        self.lines = []  # Of stderr, of the last start.
        self.urls = []
        if token is not None:
            self.environment["TOLLGATE_ADMIN_TOKEN"] = token

    def __enter__(self):
        return self if self.process else self.start()

    def __exit__(self, *_):
        self.discard()

    def discard(self):
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    # Life.

    def start(self, *flags):
        """Starts and waits until it is ready. `flags`, name and value in turns, replace those of
        the same name for this start alone."""
        command = [*self.launcher, PROGRAM, "serve", "--data", self.data]
        for address in self.listen:
            command += ["--listen", address]
        for name, value in zip(self.flags[::2], self.flags[1::2], strict=True):
            if name not in flags:
                command += [name, value]
        self.process = subprocess.Popen([*command, *flags], stderr=subprocess.PIPE,
                                        stdout=subprocess.DEVNULL, text=True,
                                        env=clean_environment(**self.environment))
        self.lines, self.urls = [], []
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read_stderr, args=(self.process,), daemon=True)
        self._reader.start()
        if not self._ready.wait(READY_TIMEOUT_S) or len(self.urls) < len(self.listen):
            self.process.kill()
            status = self.process.wait()
            raise AssertionError(f"not ready, exit status {status}: {self.lines}")
        if self.token is None:
            with open(os.path.join(self.data, "admin.token"), encoding="ascii") as file:
                self.token = file.read().strip()
        return self

    def _read_stderr(self, process):
        for line in process.stderr:
            self.lines.append(line.rstrip("\n"))
            found = re.search(r"^tollgate: listening on (\S+) \(\d+ shards?\)$", line)
            if found:
                self.urls.append(found[1])
            if len(self.urls) == len(self.listen):
                self._ready.set()
        self._ready.set()
        process.stderr.close()

    def signal(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    def wait(self, timeout=STOP_TIMEOUT_S):
        """Waits for the process to end. Returns the exit status."""
        status = self.process.wait(timeout)
        self._reader.join(timeout)
        return status

    def stop(self, timeout=STOP_TIMEOUT_S):
        """SIGTERM, and the exit status."""
        self.signal(signal.SIGTERM)
        return self.wait(timeout)

    def kill(self):
        """kill -9."""
        self.process.kill()
        return self.wait()

    def restart(self, *flags):
        """A clean stop and a start; `flags` count for that start alone."""
        status = self.stop()
        if status != 0:
            raise AssertionError(f"stopped with {status}: {self.lines}")
        return self.start(*flags)

    @property
    def pid(self):
        return self.process.pid

    # Addresses.

    @property
    def url(self):
        return self.urls[0]

    @property
    def address(self):
        return address_of(self.urls[0])

    @property
    def port(self):
        return self.address[1]

    def connect(self, timeout=20):
        return Connection(self.address, timeout)

    # Requests, each on a connection of its own.

    def send(self, data, timeout=20) -> Answer:
        """One raw request, one answer."""
        with self.connect(timeout) as connection:
            return connection.request(data, head=data.startswith(b"HEAD "))

    def request(self, method, path, body=None, *fields) -> Answer:
        """`body` None: without one; bytes: as they are; else as JSON."""
        if body is None:
            return self.send(get(path, *fields, method=method))
        return self.send(post(path, body, *fields, method=method))

    def api(self, method, path, body=None, *fields) -> Answer:
        """As the admin."""
        return self.request(method, path, body, f"Authorization: Bearer {self.token}", *fields)

    def made(self, path, body, status=201):
        """Posts as the admin, and returns the row."""
        answer = self.api("POST", path, body)
        if answer.status != status:
            raise AssertionError(f"POST {path} {body}: {answer}")
        return answer.data

    def tenant(self, name="Acme", **fields):
        return self.made("/api/tenants", {"name": name, **fields})

    def key(self, tenant_id=None, name="Key", **fields):
        """Creates a key, of a new tenant unless one is named. Its secret is under "key"."""
        if tenant_id is None:
            tenant_id = self.tenant()["id"]
        return self.made("/api/keys", {"name": name, "tenant_id": tenant_id, **fields})

    def as_key(self, secret, method, path, body=None, *fields) -> Answer:
        return self.request(method, path, body, f"X-API-Key: {secret}", *fields)

    def usage(self, key_id, query=""):
        answer = self.api("GET", f"/api/keys/{key_id}/usage{query}")
        if answer.status != 200:
            raise AssertionError(f"usage of {key_id}: {answer}")
        return answer.data

    def metrics(self):
        with self.connect() as connection:
            return self.metrics_over(connection)

    @staticmethod
    def metrics_over(connection):
        """Every sample of /metrics: {'name{labels}': value}."""
        text = connection.request(get("/metrics")).body.decode()
        samples = (line.rsplit(" ", 1) for line in text.splitlines() if line and line[0] != "#")
        return {name: float(value) for name, value in samples}

    # What the process does.

    def cpu_seconds(self):
        """CPU time that all its threads have used."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def status_field(self, name):
        """The value of a line of /proc/PID/status."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            return next(line.split(None, 1)[1].strip() for line in file
                        if line.startswith(name + ":"))


def address_of(url):
    """(host, port) of http://..., or the path of unix:..."""
    if url.startswith("unix:"):
        return url[len("unix:"):]
    host, port = url.removeprefix("http://").rsplit(":", 1)
    return host.strip("[]"), int(port)


def dump(value):
    """JSON as it goes into a body."""
    return json.dumps(value, separators=(",", ":")).encode()
