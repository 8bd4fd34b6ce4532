"""An edge as deploy/up starts it, over whatever stands behind it; and peers of HTTP/2 that say what they like.

For tests written in Python, which begin with `sys.path.insert(0, <folder of this file>)`. QINGLIAN_TEST_BINARY_DIR is the build
folder.
"""

import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time

import h2.config
import h2.connection
import h2.events
import h2.exceptions

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
QLCTL = os.path.join(os.environ.get("QINGLIAN_TEST_BINARY_DIR", ROOT + "/build"), "services/ctl/qlctl")
HEALTH = "/grpc.health.v1.Health/Check"


class CommandFailed(subprocess.CalledProcessError):
    """Says too what the command said of it."""

    def __str__(self):
        return f"{super().__str__()} {self.stderr.strip()}"


def qlctl(*arguments):
    """What it says; raises CommandFailed where it fails."""
    done = subprocess.run([QLCTL, *arguments], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise CommandFailed(done.returncode, done.args, done.stdout, done.stderr)
    return done.stdout


def free_port():
    """A port of which neither it nor the one that the edge takes for its metrics is in use."""
    while True:
        port = random.randrange(20000, 40000)
        try:
            for taken in (port, port + 105):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", taken))
            return port
        except OSError:
            continue


class Edge:
    """The edge in `folder`, before the gateway that listens on `gateway`, a path. Stopped by stop()."""

    def __init__(self, folder, gateway):
        self.folder, self.gateway, self.port = folder, gateway, free_port()
        self.files = folder + "/edge"
        self.authority = self.files + "/ca"
        for part in ("run", "log"):
            os.makedirs(f"{folder}/{part}")
        self._script("make_certificates; configure_edge unix:" + gateway)
        with open(folder + "/log/edge.log", "ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", shutil.which("haproxy", path=os.environ["PATH"] + ":/usr/sbin"), "-W", "-f", self.files + "/haproxy.cfg"], stdout=log, stderr=log)
        with open(folder + "/run/edge.pid", "w", encoding="ascii") as file:
            file.write(str(self.process.pid))
        self._await()

    def _script(self, command):
        parts = " ".join(f". {ROOT}/deploy/lib/{part}.sh;" for part in ("say", "layout", "processes", "edge"))
        done = subprocess.run(
            ["bash", "-c", f"set -uo pipefail; PATH=$PATH:/usr/sbin; root={ROOT} data={self.folder} port={self.port} "
             f"listen=127.0.0.1; {parts} ctl() {{ {QLCTL} \"$@\"; }}; {command}"],
            check=False, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())

    def _await(self):
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the edge does not listen: " + self.log())

    def log(self):
        with open(self.folder + "/log/edge.log", encoding="utf-8", errors="replace") as file:
            return file.read()

    def reload(self):
        """Has it take up its files. RuntimeError, with the line that says why, where it does not."""
        self._script("reload_edge")

    def issue(self, client):
        """A certificate of a client: the path of its file, with the key beside it."""
        qlctl("certificate", "issue", client, "--ca=" + self.authority, "--out=" + self.folder + "/clients")
        return f"{self.folder}/clients/{client}.pem"

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


def client_context(authority, certificate=None, alpn=("h2",)):
    """TLS of a caller who trusts an authority, a file, and shows a certificate, a file with the key beside it."""
    context = ssl.create_default_context(cafile=authority)
    if alpn:
        context.set_alpn_protocols(list(alpn))
    if certificate:
        context.load_cert_chain(certificate, certificate.replace(".pem", ".key"))
    return context


def call_headers(path=HEALTH, more=(), **replaced):
    """The headers of a call, as gRPC clients send them. `replaced`: others in their place, by name (`_` for `-`, `p_` for
    the colon), None for none."""
    headers = {":method": "POST", ":scheme": "https", ":authority": "localhost", ":path": path,
               "content-type": "application/grpc", "te": "trailers", "user-agent": "test"}
    for name, value in replaced.items():
        headers[(":" + name[2:]) if name.startswith("p_") else name.replace("_", "-")] = value
    return [(name, value) for name, value in headers.items() if value is not None] + list(more)


class Peer:
    """A connection of HTTP/2 to the edge that checks nothing of what it sends."""

    def __init__(self, port, context, source="127.0.0.1", settings=None):
        plain = socket.create_connection(("127.0.0.1", port), 5, (source, 0))
        self.socket = context.wrap_socket(plain, server_hostname="localhost") if context else plain
        self.http = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=True, header_encoding="utf-8", validate_outbound_headers=False,
            normalize_outbound_headers=False, validate_inbound_headers=False))
        if settings:
            self.http.local_settings.update(settings)
        self.http.initiate_connection()
        self.flush()

    def flush(self):
        data = self.http.data_to_send()
        if data:
            self.socket.sendall(data)

    def begin(self, headers, body=b"\0\0\0\0\0"):
        """Sends a call and its only message; the number of its stream."""
        stream = self.http.get_next_available_stream_id()
        self.http.send_headers(stream, headers, end_stream=body is None)
        if body is not None:
            self.http.send_data(stream, body, end_stream=True)
        self.flush()
        return stream

    def answer(self, stream):
        """All headers and trailers of the answer as a dictionary; {"reset": code} or {"closed": True} where there is none."""
        said = {}
        while True:
            try:
                data = self.socket.recv(65536)
                events = self.http.receive_data(data) if data else []
            except (OSError, h2.exceptions.ProtocolError):
                return {"closed": True}
            if not data:
                return {"closed": True}
            self.flush()
            for event in events:
                if isinstance(event, h2.events.ConnectionTerminated):
                    return {"closed": True}
                if getattr(event, "stream_id", 0) != stream:
                    continue
                if isinstance(event, (h2.events.ResponseReceived, h2.events.TrailersReceived)):
                    said.update(dict(event.headers))
                if isinstance(event, h2.events.StreamReset):
                    return {"reset": int(event.error_code)}
                if isinstance(event, h2.events.StreamEnded):
                    return said

    def call(self, headers, body=b"\0\0\0\0\0"):
        return self.answer(self.begin(headers, body))

    def close(self):
        self.socket.close()


class Recorder:
    """Stands where the gateway would, answers every call with success and remembers what came."""

    def __init__(self, path, delay=0):
        self.requests, self.connections, self.delay = [], 0, delay
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(100)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        http = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=False, header_encoding="utf-8", validate_inbound_headers=False))
        http.initiate_connection()
        known = False
        while True:
            try:
                connection.sendall(http.data_to_send())
                data = connection.recv(65536)
                if not data:
                    connection.close()
                    return
                known = known or self._count()
                for event in http.receive_data(data):
                    self._on(http, event)
            except (OSError, h2.exceptions.ProtocolError):
                connection.close()
                return

    def _count(self):
        # What sends nothing asks whether somebody is there.
        self.connections += 1
        return True

    def _on(self, http, event):
        if isinstance(event, h2.events.RequestReceived):
            self.requests.append(event.headers)
        elif isinstance(event, h2.events.DataReceived):
            http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            time.sleep(self.delay)
            http.send_headers(event.stream_id, [(":status", "200"), ("content-type", "application/grpc")])
            http.send_data(event.stream_id, b"\0\0\0\0\0")
            http.send_headers(event.stream_id, [("grpc-status", "0")], end_stream=True)

    def stop(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def take(self):
        """What came since it was last asked."""
        taken, self.requests = self.requests, []
        return taken
