#!/usr/bin/python3
"""The sockets that the gateway and the services listen on behind the edge."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../lib"))
from edge import QLCTL  # noqa: E402

GATEWAY = os.path.join(os.path.dirname(QLCTL), "../gateway/gateway")


class SocketsTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.path = self.folder + "/gateway.sock"
        with open(self.folder + "/key", "w", encoding="ascii", opener=lambda path, flags: os.open(path, flags, 0o600)) as key:
            key.write("7" * 64 + "\n")

    def options(self, path):
        return [GATEWAY, "serve", "--listen=unix:" + path, "--metrics_address=127.0.0.1:0", "--drain_delay=0s",
                f"--upstream=organization=unix:{self.folder}/organization.sock", f"--identity_key_file={self.folder}/key"]

    def start(self):
        process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *self.options(self.path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        for _ in range(200):
            if self.accepts():
                return process
            time.sleep(0.05)
        return self.fail("the gateway does not serve")

    def accepts(self):
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(self.path) == 0

    def refused(self, path):
        """What the gateway says when it does not start there: one line."""
        done = subprocess.run(self.options(path), capture_output=True, check=False, text=True, timeout=20)
        self.assertEqual((done.returncode, done.stderr.count("\n")), (1, 1), done.stderr)
        return done.stderr

    def test_only_its_user_may_open_it(self):
        self.start()
        mode = os.stat(self.path).st_mode
        self.assertTrue(stat.S_ISSOCK(mode))
        self.assertEqual(mode & (stat.S_IRWXG | stat.S_IRWXO), 0)

    def test_one_that_a_dead_process_left_is_replaced(self):
        self.start().kill()
        while self.accepts():
            time.sleep(0.01)
        self.assertTrue(os.path.exists(self.path))
        self.start()

    def test_one_that_somebody_listens_on_is_not(self):
        process = self.start()
        self.assertIn("is another program there?", self.refused(self.path))
        self.assertTrue(self.accepts())
        self.assertIsNone(process.poll())

    def test_a_path_that_is_too_long_is_said(self):
        self.assertIn("1 to 107 bytes", self.refused(f"{self.folder}/{'x' * 107}"))

    def test_it_is_left_in_good_order(self):
        process = self.start()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 0)
        self.assertFalse(self.accepts())


if __name__ == "__main__":
    unittest.main(verbosity=2)
