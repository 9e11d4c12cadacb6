"""What stands around tollgate in tests of gateways: a backend, and gateways of other makers."""

import contextlib
import http.server
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from server import Server
from usage_log import read_usage_log
from wire import Connection, get, post

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "gateways"
START_TIMEOUT_S = 20

# What the tests of every gateway expect to need a scope.
ROUTES = ["--authz-route", "GET /orders orders:read", "--authz-route", "* /orders orders:write"]


class Backend:
    """A service that answers every request with what it saw of it, as JSON."""

    def __enter__(self):
        self.seen = []
        seen = self.seen

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                fields = [(name.lower(), value) for name, value in self.headers.items()]
                request = {"method": self.command, "path": self.path, "fields": fields,
                           "body": body.decode()}
                seen.append(request)
                text = json.dumps(request).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(text)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # A gateway that is killed resets what it holds open.

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def documented(page, language):
    """The first block of code in that language on a page of docs/gateways."""
    found = re.search(rf"^```{language}\n(.*?)^```$", (DOCS / page).read_text(), re.M | re.S)
    if not found:
        raise AssertionError(f"{page} has no block of {language}")
    return found[1]


def with_ports(text, ports):
    """The text with each of the documented ports replaced; every one of them must be in it."""
    for documented_port, port in ports.items():
        if f":{documented_port}" not in text:
            raise AssertionError(f"port {documented_port} is not in the documented configuration")
        text = re.sub(rf":{documented_port}\b", f":{port}", text)
    return text


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def program(name):
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if path is None:
        raise AssertionError(f"{name} is not installed; tools/test installs it")
    return path


class Gateway:
    """A gateway's process in a folder of its own, up when its port accepts."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tollgate-gateway-"))
        self.port = free_port()
        self.process = None

    def run(self, *command):
        with open(self.folder / "output", "wb") as output:
            self.process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL,
                                            stdout=output, stderr=output)
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            time.sleep(0.02)
        said = self.said()
        self.stop()
        raise AssertionError(f"{command[0]} did not start:\n{said}")

    def said(self):
        return "".join(path.read_text(errors="replace")
                       for path in (self.folder / "output", self.folder / "error.log")
                       if path.exists())

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def start_nginx(tollgate_port, backend_port, adapt=lambda text: text):
    """Debian's nginx with the configuration of docs/gateways/nginx.md."""
    gateway = Gateway()
    ports = {8000: tollgate_port, 9000: backend_port, 8080: gateway.port}
    site = adapt(with_ports(documented("nginx.md", "nginx"), ports))
    folder = gateway.folder
    temporary = "".join(f"  {kind}_temp_path {folder}/{kind};\n"
                        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{\n  access_log off;\n{temporary}{site}}}\n")
    return gateway.run(program("nginx"), "-p", os.fspath(folder), "-e", folder / "error.log",
                       "-c", folder / "nginx.conf")


def start_haproxy(tollgate_port, backend_port):
    """Debian's HAProxy with the two files of docs/gateways/haproxy.md."""
    gateway = Gateway()
    script = gateway.folder / "tollgate.lua"
    script.write_text(with_ports(documented("haproxy.md", "lua"), {8000: tollgate_port}))
    config = with_ports(documented("haproxy.md", "haproxy"),
                        {9000: backend_port, 8080: gateway.port})
    config_file = gateway.folder / "haproxy.cfg"
    config_file.write_text(config.replace("/etc/haproxy/tollgate.lua", os.fspath(script)))
    return gateway.run(program("haproxy"), "-db", "-f", config_file)


def start_caddy(tollgate_port, backend_port):
    """Debian's Caddy with the Caddyfile of docs/gateways/caddy.md."""
    gateway = Gateway()
    ports = {8000: tollgate_port, 9000: backend_port, 8080: gateway.port}
    config_file = gateway.folder / "Caddyfile"
    config_file.write_text("{\n\tadmin off\n}\n" +
                           with_ports(documented("caddy.md", "caddy"), ports))
    folders = [f"{name}={gateway.folder}"
               for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")]
    return gateway.run(program("env"), *folders, program("caddy"), "run", "--config", config_file,
                       "--adapter", "caddyfile")


class GatewayTest(unittest.TestCase):
    """tollgate and a backend; each test starts the gateway it needs."""

    @classmethod
    def setUpClass(cls):
        with contextlib.ExitStack() as stack:
            cls.backend = stack.enter_context(Backend())
            cls.server = stack.enter_context(Server("--shards", "2", *ROUTES))
            cls.addClassCleanup(stack.pop_all().close)
        cls.tenant = cls.server.tenant()["id"]

    def setUp(self):
        self.backend.seen.clear()

    def key(self, **fields):
        return self.server.key(self.tenant, **fields)

    def ask(self, gateway, method, path, *fields, body=None):
        """One request through the gateway."""
        with Connection(("127.0.0.1", gateway.port)) as connection:
            request = (get(path, *fields, method=method) if body is None
                       else post(path, body, *fields, method=method))
            return connection.request(request, head=method == "HEAD")

    def logged(self, key):
        """(method, endpoint, status) of the key's records, oldest first over all shards."""
        rows = [row for row in read_usage_log(self.server) if row["api_key_id"] == key["id"]]
        rows.sort(key=lambda row: row["created_at"])
        return [(row["method"], row["endpoint"], row["status_code"]) for row in rows]
