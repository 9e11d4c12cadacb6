"""HTTP/1.1 over a raw socket: bytes out as they are given, answers in as they are framed."""

import json
import socket
import struct
import time


class Answer:
    """One answer: `status`, `headers` (lower-case names, a list of pairs in `fields`), `body`."""

    def __init__(self, status, fields, body, version="HTTP/1.1"):
        self.status = status
        self.fields = [(name.lower(), value) for name, value in fields]
        self.headers = dict(self.fields)
        self.body = body
        self.version = version

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def data(self):
        """What a success carries."""
        return self.json["data"]

    @property
    def code(self):
        """The code of a failure."""
        return self.json["error"]["code"]

    @property
    def closes(self):
        return self.headers.get("connection", "").lower() == "close"

    def __repr__(self):
        return f"Answer({self.status}, {self.fields}, {self.body[:500]!r})"


class Closed(Exception):
    """The peer ended the connection; `held` are the bytes of an answer that was not whole."""

    def __init__(self, held=b""):
        super().__init__(f"closed with {held[:200]!r} held")
        self.held = held


class Connection:
    """A client's end. `address` is (host, port) or the path of a Unix socket.

    Reads end with Closed at the end of the stream, with ConnectionResetError at a reset and with
    TimeoutError after `timeout` seconds without a byte.
    """

    def __init__(self, address, timeout=20):
        if isinstance(address, str):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout)
            self.socket.connect(address)
        else:
            self.socket = socket.create_connection(address, timeout=timeout)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.held = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        """Ends the connection with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def finish(self):
        """Says that no more will be sent; answers are still read."""
        self.socket.shutdown(socket.SHUT_WR)

    def send(self, data):
        self.socket.sendall(data)

    def send_pieces(self, pieces, pause_s=0.0):
        """Each piece leaves as a segment of its own."""
        for number, piece in enumerate(pieces):
            if number and pause_s:
                time.sleep(pause_s)
            self.socket.sendall(piece)

    def request(self, data, head=False):
        """Sends and reads one answer."""
        self.send(data)
        return self.answer(head)

    def answer(self, head=False):
        """The next answer that is final or an interim one; `head`: to HEAD, so without a body."""
        while b"\r\n\r\n" not in self.held:
            self._receive()
        text, _, rest = self.held.partition(b"\r\n\r\n")
        lines = text.decode("latin-1").split("\r\n")
        version, status = lines[0].split(" ")[:2]
        fields = [line.split(": ", 1) for line in lines[1:]]
        answer = Answer(int(status), fields, b"", version)
        length = int(answer.headers.get("content-length", 0))
        if head or answer.status in (204, 304) or answer.status < 200:
            length = 0
        whole = len(text) + 4 + length
        while len(self.held) < whole:
            self._receive()
        answer.body = self.held[len(text) + 4:whole]
        self.held = self.held[whole:]
        return answer

    def answers(self, count):
        return [self.answer() for _ in range(count)]

    def answers_to_end(self):
        """Every answer up to the end of the stream, which must lie between two answers."""
        found = []
        while True:
            try:
                found.append(self.answer())
            except Closed as end:
                if end.held:
                    raise
                return found

    def read_to_end(self):
        while True:
            try:
                self._receive()
            except Closed:
                held, self.held = self.held, b""
                return held

    def at_end(self):
        """Whether the peer has ended the stream, and nothing is left to read."""
        try:
            self._receive()
        except Closed as end:
            return not end.held
        return False

    def _receive(self):
        part = self.socket.recv(262144)
        if not part:
            raise Closed(self.held)
        self.held += part


def get(path, *fields, method="GET", version="HTTP/1.1", host="t"):
    """A request without a body."""
    lines = [f"{method} {path} {version}", f"Host: {host}", *fields]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def post(path, body, *fields, method="POST"):
    """A request with Content-Length; `body` is bytes or a value to be sent as JSON."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    return get(path, f"Content-Length: {len(body)}", *fields, method=method) + body


def chunked(path, *parts, fields=(), trailer=b"", method="POST"):
    """A request with a chunk for each part of the body."""
    head = get(path, "Transfer-Encoding: chunked", *fields, method=method)
    body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    return head + body + b"0\r\n" + trailer + b"\r\n"
