"""The servers that run_peers.py compares: how each is started, measured and stopped."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
START_LIMIT_S = 120  # A million keys are loaded before some servers listen.
LISTENING = re.compile(r"listening on http://127\.0\.0\.1:(\d+)")


class SetupError(Exception):
    """What is missing, in words for the person who started the run."""


def fetch(port, path, key):
    """One GET. Returns (status, the bytes of the whole answer, the body)."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-API-Key: {key}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(request.encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += receive(client)
        head, _, body = answer.partition(b"\r\n\r\n")
        length = re.search(rb"(?im)^content-length:\s*(\d+)", head)
        if not length:
            raise SetupError(f"the answer on port {port} has no Content-Length")
        while len(body) < int(length[1]):
            body += receive(client)
    return int(head.split()[1]), len(head) + 4 + len(body), body


def receive(client):
    part = client.recv(65536)
    if not part:
        raise SetupError("a server closed the connection before its answer was whole")
    return part


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def process_clock(pid):
    """The clock that counts a process's run time, as clock_getcpuclockid(3) makes its number."""
    return (~pid << 3) | 2


class Server:
    """A process pinned to one CPU, with its children. A context manager: leaving it stops it."""

    name = ""

    def __init__(self, work, cpu):
        self.work = pathlib.Path(work)
        self.work.mkdir(parents=True, exist_ok=True)
        self.cpu = cpu
        self.port = 0
        self.process = None

    def launch(self, command):
        """Starts `command` on the server's CPU with its output in the work directory's log."""
        with open(self.work / "log", "wb") as log:
            self.process = subprocess.Popen(
                ["taskset", "-c", str(self.cpu), *map(str, command)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def wait_until(self, ready):
        limit = time.monotonic() + START_LIMIT_S
        while time.monotonic() < limit:
            if self.process.poll() is not None:
                break
            if ready():
                return
            time.sleep(0.02)
        self.stop()
        said = "".join(path.read_text(errors="replace")[-2000:]
                       for path in (self.work / "log", self.work / "error.log") if path.exists())
        raise SetupError(f"{self.name} did not start:\n{said}")

    def says_its_port(self):
        found = LISTENING.search((self.work / "log").read_text(errors="replace"))
        self.port = int(found[1]) if found else 0
        return found is not None

    def accepts(self):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        return False

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        raise NotImplementedError

    def processes(self):
        """The ids of the server's process and of all its descendants."""
        found = [self.process.pid]
        for pid in found:
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
        return found

    def cpu_ns(self):
        """Nanoseconds of run time so far: (of all the processes, of their living threads by name).
        The first is more where threads have ended."""
        total, by_name = 0, {}
        for pid in self.processes():
            total += time.clock_gettime_ns(process_clock(pid))
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                    name = (task / "comm").read_text().strip()
                    ran = int((task / "schedstat").read_text().split()[0])
                    by_name[name] = by_name.get(name, 0) + ran
        return total, by_name


class Bare(Server):
    name = "bare"

    def __init__(self, work, cpu, program, response_bytes, busy_poll_us=0):
        super().__init__(work, cpu)
        self.command = [program, "--response-bytes", response_bytes,
                        "--busy-poll-us", busy_poll_us]

    def start(self):
        self.launch(self.command)
        self.wait_until(self.says_its_port)


class Nginx(Server):
    """One of the two configurations, its body sized so that an answer has `response_bytes`."""

    template = ""

    def __init__(self, work, cpu, response_bytes, keys_file):
        super().__init__(work, cpu)
        self.response_bytes = response_bytes
        self.keys_file = pathlib.Path(keys_file)

    def start(self):
        with open(self.keys_file) as keys:
            key = keys.readline().strip()
        body_bytes = self.response_bytes
        self.start_with(body_bytes)
        status, answer_bytes, _ = fetch(self.port, "/", key)
        if status != 200:
            raise SetupError(f"{self.name} answers {status}")
        self.stop()
        # The head's size is known now. Its counters' digits may still move it by a few bytes.
        self.start_with(max(0, body_bytes - (answer_bytes - self.response_bytes)))

    def start_with(self, body_bytes):
        self.port = free_port()
        key_count = sum(1 for _ in open(self.keys_file, "rb"))
        values = {
            "WORK": self.work, "PORT": self.port, "KEYS": self.keys_file.resolve(),
            "BODY": "x" * body_bytes, "BODY_BYTES": body_bytes,
            # A dictionary's node takes 128 bytes with a key of this length; twice that is ample.
            "DICT_MIB": 16 + key_count * 256 // 2**20,
        }
        text = (HERE / self.template).read_text()
        config = self.work / "nginx.conf"
        config.write_text(re.sub(r"@([A-Z_]+)@", lambda name: str(values[name[1]]), text))
        self.launch([nginx_program(), "-p", self.work, "-c", config])
        self.wait_until(self.accepts)


class NginxPlain(Nginx):
    name = "nginx"
    template = "nginx_plain.conf.in"


class NginxLua(Nginx):
    name = "lua"
    template = "nginx_lua.conf.in"

    def start(self):
        if not pathlib.Path("/usr/lib/nginx/modules/ngx_http_lua_module.so").exists():
            raise SetupError("nginx has no Lua module: apt-get install libnginx-mod-http-lua")
        super().start()


class Tollgate(Server):
    name = "tollgate"

    def __init__(self, work, cpu, program, data, busy_poll_us=0):
        super().__init__(work, cpu)
        self.command = [program, "serve", "--listen", "127.0.0.1:0", "--shards", 1, "--data", data]
        if busy_poll_us:
            self.command += ["--busy-poll-us", busy_poll_us]

    def start(self):
        self.launch(self.command)
        self.wait_until(self.says_its_port)


def nginx_program():
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if not program:
        raise SetupError("nginx is not installed: apt-get install nginx-light")
    return program


def seed(program, data, keys, rows, keys_file):
    """Fills a data directory offline, with keys whose limits no run reaches. The keys' file appears
    last: where it is there, the directory is whole."""
    shutil.rmtree(data, ignore_errors=True)
    unfinished = keys_file.with_suffix(".unfinished")
    command = [program, "bench-seed", "--data", data, "--keys", keys, "--rows", rows,
               "--out", unfinished]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode != 0:
        raise SetupError(f"{' '.join(map(str, command))} failed:\n{done.stderr[-2000:]}")
    unfinished.rename(keys_file)


def data_answer_bytes(server, path, key, rows):
    """The size of tollgate's answer, which must be a list of `rows` records."""
    status, size, body = fetch(server.port, path, key)
    if status != 200 or len(json.loads(body)["data"]) != rows:
        raise SetupError(f"tollgate answers {path} with {status}, not with {rows} rows:\n{body!r}")
    return size


def make_keys(keys_file, count):
    """Keys in tollgate's form, for runs without tollgate: nobody stores them but nginx."""
    import base64
    with open(keys_file, "w") as out:
        for _ in range(count):
            text = base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")
            out.write(f"fp_{text}\n")
