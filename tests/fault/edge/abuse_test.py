#!/usr/bin/python3
"""Whatever one peer does to the edge, others are served, nothing restarts, and memory comes back.

QINGLIAN_TEST_SECONDS says how long each kind of abuse lasts (3 without it), QINGLIAN_TEST_MYSQL_SOCKET where the tests'
database server is.
"""

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../../lib")]
from attacks import ATTACKS  # noqa: E402
from edge import Edge, qlctl  # noqa: E402

SECONDS = float(os.environ.get("QINGLIAN_TEST_SECONDS", "3"))
SERVICES = os.environ["QINGLIAN_TEST_BINARY_DIR"] + "/services"
SOCKET = os.environ["QINGLIAN_TEST_MYSQL_SOCKET"]
MEGABYTE = 1 << 20


def resident(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(child) for child in file.read().split()]


class House:
    """An edge, a gateway and the service of organizations."""

    def __init__(self):
        self.folder = tempfile.mkdtemp()
        self.schema = f"test_edge_{os.getpid()}"
        self._sql(f"CREATE DATABASE {self.schema} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
        for key in ("key", "identity_key"):
            with open(f"{self.folder}/{key}", "w", encoding="ascii", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
                file.write("7" * 64 + "\n")
        os.mkdir(self.folder + "/checkpoints")
        mysql = f"--mysql=mysql://{pwd.getpwuid(os.geteuid()).pw_name}@localhost/{self.schema}?socket={SOCKET}"
        subprocess.run([f"{SERVICES}/organization/organization", "migrate", mysql], check=True, capture_output=True)
        common = ["serve", "--metrics_address=127.0.0.1:0", f"--identity_key_file={self.folder}/identity_key"]
        self.processes = {
            "organization": self._start("organization", *common, mysql, f"--key_file={self.folder}/key",
                                        f"--checkpoint_dir={self.folder}/checkpoints"),
            "gateway": self._start("gateway", *common, "--drain_delay=0s", f"--upstream=organization=unix:{self._path('organization')}")}
        for name in self.processes:
            self._await(name)
        self.edge = Edge(self.folder + "/edge", self._path("gateway"))
        self.authority = self.edge.authority + "/ca.pem"
        self.organization, self.certificate = self._enrol()

    def _enrol(self):
        """The name of an organization, and the certificate of a platform that may look it up."""
        qlctl("administrator", "make", "administrator", "--organization_address=unix:" + self._path("organization"),
              f"--identity_key_file={self.folder}/identity_key")
        administrator = self.edge.issue("administrator")

        def call(method, **request):
            return json.loads(qlctl(
                "call", method, json.dumps(request), "--output=json", f"--address=localhost:{self.edge.port}", "--edge_ca=" + self.authority,
                "--certificate=" + administrator, "--certificate_key=" + administrator.replace(".pem", ".key")))

        call("ImportDivisions", divisions=[{"name": "divisions/33", "display_name": "浙江省", "level": "LEVEL_PROVINCE", "vintage": 2023}])
        organization = call("CreateOrganization", organization={
            "display_name": "财政厅", "kind": "KIND_GOVERNMENT_DEPARTMENT", "level": "LEVEL_PROVINCE", "division": "divisions/33"})
        # What stands in its way is to be the abuse and not its quota.
        call("CreateClient", client={"name": "clients/zj-portal", "display_name": "对接平台", "calls_per_second": 100000})
        call("GrantRole", role_binding={"subject": "clients/zj-portal", "role": "roles/platform", "reason": "对接"})
        return organization["name"], self.edge.issue("zj-portal")

    def _path(self, name):
        return f"{self.folder}/{name}.sock"

    def _sql(self, statement):
        subprocess.run(["mariadb", "--no-defaults", "--socket=" + SOCKET, "-e", statement], check=True)

    def _start(self, name, *options):
        with open(f"{self.folder}/{name}.log", "wb") as log:
            return subprocess.Popen(["setpriv", "--pdeathsig", "TERM", f"{SERVICES}/{name}/{name}", *options, "--listen=unix:" + self._path(name)],
                                    stdout=log, stderr=log)

    def _await(self, name):
        for _ in range(150):
            try:
                qlctl("--address=unix:" + self._path(name), "health")
                return
            except subprocess.CalledProcessError:
                time.sleep(0.2)
        with open(f"{self.folder}/{name}.log", encoding="utf-8") as log:
            raise RuntimeError(f"{name} is not ready: " + log.read()[-500:])

    def pids(self):
        """Of all processes, the edge's worker included; a restart changes them."""
        workers = children(self.edge.process.pid)
        return {"edge": workers[0] if len(workers) == 1 else workers} | {
            name: process.pid for name, process in self.processes.items() if process.poll() is None}

    def memory(self):
        return {name: resident(pid) for name, pid in self.pids().items()}

    def stop(self):
        self.edge.stop()
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            process.wait(60)
        self._sql(f"DROP DATABASE {self.schema}")
        shutil.rmtree(self.folder)


class AbuseTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        # Half of what it can do while nobody disturbs it.
        cls.rate = cls.good(2, 0)["calls"] / 2 / 2

    @classmethod
    def tearDownClass(cls):
        cls.house.stop()

    @classmethod
    def run_program(cls, name, *arguments):
        return subprocess.Popen(["/usr/bin/python3", f"{HERE}/{name}.py", *map(str, arguments)], stdout=subprocess.PIPE, text=True)

    @classmethod
    def good(cls, seconds, rate):
        return json.loads(cls.run_program("good_client", cls.house.edge.port, seconds, rate, cls.house.authority, cls.house.certificate,
                                          cls.house.organization).communicate()[0])

    def await_memory(self, before):
        """Memory some seconds after the abuse: buffers that went back to the allocator count as soon as it gives them back."""
        for _ in range(100):
            now = self.house.memory()
            if all(now[name] - before[name] < 64 * MEGABYTE for name in before):
                break
            time.sleep(0.1)
        return now

    def bear(self, kind):
        """The good client works before, while and after the abuse lasts."""
        pids, before = self.house.pids(), self.house.memory()
        abuser = self.run_program("attacks", kind, self.house.edge.port, SECONDS, self.house.authority)
        good = self.good(SECONDS + 0.5, self.rate)
        did = json.loads(abuser.communicate(timeout=60)[0])
        after = self.await_memory(before)
        print(f"{kind}: good {good['calls']} calls at {self.rate:.0f}/s, failed {good['failed']}; abuser {did}; RSS MB " + ", ".join(
            f"{name} {before[name] / MEGABYTE:.1f} to {after[name] / MEGABYTE:.1f}" for name in before), flush=True)
        self.assertEqual(self.house.pids(), pids)
        self.assertGreater(did["connections"], 0)
        # A client that waits for the end of the abuse comes to four.
        self.assertGreater(good["calls"], self.rate * SECONDS / 2)
        self.assertGreaterEqual(1 - sum(good["failed"].values()) / good["calls"], 0.999, good["failed"])
        # The allocator of a sanitizer keeps what was freed.
        if "QINGLIAN_TEST_SANITIZED" not in os.environ:
            for name, size in after.items():
                self.assertLess(size - before[name], 64 * MEGABYTE, name)


def test_of(kind):
    return lambda self: self.bear(kind)


for attack in ATTACKS:
    setattr(AbuseTest, f"test_a_good_client_is_served_during_{attack}", test_of(attack))

if __name__ == "__main__":
    unittest.main(verbosity=2)
