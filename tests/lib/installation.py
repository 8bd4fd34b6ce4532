"""A whole installation with Prometheus, as deploy/up sets it up, for tests written in Python."""

import json
import os
import random
import socket
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
QLCTL = ROOT + "/build/services/ctl/qlctl"
# The edge, and what is served on loopback beside it.
TAKEN = (0, *range(100, 111))


def free_port():
    while True:
        port = random.randrange(20000, 40000)
        try:
            for taken in TAKEN:
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port + taken))
            return port
        except OSError:
            continue


def eventually(holds, seconds=120, what="it"):
    """What `holds` answers as soon as that is true; a failure where it never is."""
    until = time.monotonic() + seconds
    while True:
        found = holds()
        if found:
            return found
        if time.monotonic() > until:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.5)


class Installation:
    """Set up by the constructor, gone after forget()."""

    def __init__(self, *options):
        self.data = tempfile.mkdtemp(prefix="qinglian-seeing-") + "/data"
        self.port, self.options = free_port(), options
        self.up()

    def up(self):
        done = subprocess.run(
            [ROOT + "/deploy/up", "--data", self.data, "--port", str(self.port), "--prometheus", *self.options],
            check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            self.forget()
            raise RuntimeError(done.stdout[-2000:] + done.stderr)

    def forget(self):
        subprocess.run([ROOT + "/deploy/down", "--data", self.data, "--purge"], check=False, capture_output=True)
        subprocess.run(["rm", "-rf", os.path.dirname(self.data)], check=False)

    def url(self, part, path):
        """Of what is served on loopback, by how many ports after the edge."""
        return f"http://127.0.0.1:{self.port + part}{path}"

    def get(self, path):
        """What Prometheus answers."""
        with urllib.request.urlopen(self.url(109, path), timeout=30) as answer:
            return answer.read().decode()

    def query(self, expression):
        """The series of an expression, each its labels and its number."""
        said = json.loads(self.get("/api/v1/query?" + urllib.parse.urlencode({"query": expression})))
        result = said["data"]["result"]
        if said["data"]["resultType"] != "vector":
            return [({}, float(result[1]))]
        return [(series["metric"], float(series["value"][1])) for series in result]

    def qlctl(self, *arguments):
        return subprocess.run([QLCTL, f"--config={self.data}/qlctl.conf", *arguments], check=False, capture_output=True, text=True)

    def sql(self, service, statement):
        """As the administrator of the private database."""
        return subprocess.run(
            ["mariadb", "--no-defaults", f"--socket={self.data}/mysql/mysql.sock", f"qinglian_{service}", "-e", statement],
            check=True, capture_output=True, text=True).stdout

    def pid(self, process):
        with open(f"{self.data}/run/{process}.pid", encoding="ascii") as file:
            return int(file.read())
