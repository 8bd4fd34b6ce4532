#!/usr/bin/python3
"""A thing is broken, and whoever is to be told of it gets the right alarm through Alertmanager, and no other.

Prometheus, the exporters and Alertmanager are real, and so are the rules and what Alertmanager keeps back. Only time is
shortened: what the rules wait for takes a tenth, and it is looked every other second. How long an alarm goes on after it
is over stays, for it has to outlast rates over minutes.
"""

import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.realpath(os.path.join(os.path.dirname(__file__), "../../lib")))
from installation import QLCTL, ROOT, Installation, eventually  # noqa: E402

# Long enough for whatever follows from what was broken to have been told too.
AFTERMATH = 40


class Receiver(http.server.ThreadingHTTPServer):
    """Who is told of alarms: keeps those that fire."""

    def __init__(self):
        told = self.told = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # pylint: disable=invalid-name
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                # Who else fills the disks of the machine that runs this is not the test's doing.
                told.extend(alert for alert in body["alerts"]
                            if alert["status"] == "firing" and alert["labels"]["alertname"] != "DiskFilling")
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def names(self):
        return sorted({alert["labels"]["alertname"] for alert in self.told})


def tenth(match):
    seconds = int(match[2]) * {"s": 1, "m": 60, "h": 3600}[match[3]]
    return f"{match[1]}{max(2, seconds // 10)}s"


class Alarms(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.receiver = Receiver()
        cls.house = Installation("--alarms", f"http://127.0.0.1:{cls.receiver.server_address[1]}/")
        cls.addClassCleanup(cls.house.forget)
        cls.shorten()
        # The year leaves some work overdue.
        cls.house.sql("supervision", "UPDATE rectification_items SET deadline = '2099-01-01'")
        cls.house.sql("risk", "UPDATE risk_points SET review_due_date = '2099-01-01'; "
                              "UPDATE controls SET due_date = '2099-01-01', next_check_date = '2099-01-01'")

    @classmethod
    def shorten(cls):
        """Rules, intervals and waits of this installation take a tenth of the time."""
        folder = cls.house.data + "/prometheus"
        shutil.copytree(ROOT + "/deploy/prometheus/rules", folder + "/rules")
        for path in [folder + "/rules/" + name for name in os.listdir(folder + "/rules")] + \
                [folder + "/alertmanager.yml", folder + "/prometheus.yml"]:
            with open(path, encoding="utf-8") as file:
                text = file.read()
            text = re.sub(r"((?:(?<!firing_)for|group_wait|_interval): )(\d+)(s|m|h)\b", tenth, text)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text.replace(ROOT + "/deploy/prometheus/rules", folder + "/rules"))
        for process in ("prometheus", "alertmanager"):
            os.kill(cls.house.pid(process), signal.SIGHUP)
        eventually(lambda: f"{folder}/rules/" in cls.house.get("/api/v1/rules"), 30, "the shortened rules")

    def setUp(self):
        eventually(lambda: not self.house.query("ALERTS") and self.house.query("division:work_overdue:sum"), 180, "quiet")
        time.sleep(5)
        self.receiver.told.clear()

    def expect_told(self, alarm, seconds=150, **labels):
        """Of that alarm and of no other, now or later."""
        eventually(lambda: alarm in self.receiver.names(), seconds, f"{alarm}; told were {self.receiver.names()}")
        time.sleep(AFTERMATH)
        self.assertEqual(self.receiver.names(), [alarm])
        for alert in self.receiver.told:
            self.assertEqual({name: alert["labels"].get(name) for name in labels}, labels)
        return self.receiver.told[0]["annotations"]

    def expect_no_other_when_over(self, alarm):
        eventually(lambda: not self.house.query("ALERTS"), 600, "quiet again")
        self.assertEqual(self.receiver.names(), [alarm])

    def test_a_service_that_is_killed_is_told_and_nothing_that_follows_from_it(self):
        self.addCleanup(self.house.up)
        os.kill(self.house.pid("organization"), signal.SIGKILL)
        # Callers meet it meanwhile.
        for _ in range(20):
            self.house.qlctl("--staff_number=DEMO-0021", "list", "organizations", "--limit=1")
        self.expect_told("ServiceDown", upstream="organization", severity="critical", audience="operators")
        self.house.up()
        self.expect_no_other_when_over("ServiceDown")

    def test_a_gateway_that_is_killed_is_told_as_what_callers_meet(self):
        self.addCleanup(self.house.up)
        os.kill(self.house.pid("gateway"), signal.SIGKILL)
        self.expect_told("EdgeUnreachable", severity="critical", audience="operators")
        self.house.up()
        self.expect_no_other_when_over("EdgeUnreachable")

    def test_a_database_that_is_stopped_is_told_and_none_of_the_services(self):
        self.addCleanup(self.house.up)
        subprocess.run([ROOT + "/deploy/mysql/server", "stop", self.house.data + "/mysql"], check=True, capture_output=True)
        for collection in ("organizations", "riskPoints"):
            self.house.qlctl("--staff_number=DEMO-0021", "list", collection, "--limit=1")
        self.expect_told("DatabaseDown", severity="critical", audience="operators")
        self.house.up()
        self.expect_no_other_when_over("DatabaseDown")

    def test_a_feed_that_stands_still_is_told_of_who_follows_it(self):
        holder = subprocess.Popen(
            ["mariadb", "--no-defaults", f"--socket={self.house.data}/mysql/mysql.sock", "qinglian_risk", "--unbuffered", "-N", "-e",
             "START TRANSACTION; SELECT feed FROM projections WHERE feed LIKE '%supervision%' FOR UPDATE; SELECT SLEEP(900)"],
            stdout=subprocess.PIPE, text=True)
        try:
            self.assertIn("supervision", holder.stdout.readline())
            self.expect_told("FeedStalled", 240, process="risk", feed="supervision", severity="warning")
        finally:
            holder.kill()
            holder.wait()
            holder.stdout.close()
            self.house.sql("risk", "SELECT id INTO @id FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP(900%'; KILL @id")
        self.expect_no_other_when_over("FeedStalled")

    def test_an_item_that_goes_overdue_is_told_to_the_committee_with_the_name_of_its_city(self):
        self.addCleanup(self.house.sql, "supervision", "UPDATE rectification_items SET deadline = '2099-01-01'")
        self.house.sql("supervision", "UPDATE rectification_items SET deadline = '2025-12-31' WHERE state <> 'STATE_CLOSED_OUT'")
        said = self.expect_told("RectificationOverdue", 240, audience="committee", division="3301")
        self.assertEqual(said["summary"], "杭州市：1 项整改事项逾期未完成")
        self.house.sql("supervision", "UPDATE rectification_items SET deadline = '2099-01-01'")
        self.expect_no_other_when_over("RectificationOverdue")

    def replace_certificate(self, days):
        """One of the installation's own authority, that holds for so long."""
        edge = self.house.data + "/edge"
        if days > 0:
            os.remove(edge + "/server.pem")
            subprocess.run([QLCTL, "certificate", "server", "localhost", "127.0.0.1", f"--ca={edge}/ca", f"--out={edge}",
                            f"--days={days}"], check=True, capture_output=True)
        else:
            request = subprocess.run(["openssl", "req", "-new", "-key", edge + "/server.pem", "-subj", "/CN=localhost", "-addext",
                                      "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True).stdout
            certificate = subprocess.run(["openssl", "x509", "-req", "-CA", edge + "/ca/ca.pem", "-CAkey", edge + "/ca/ca.key",
                                          "-set_serial", "7", "-days", "0", "-copy_extensions", "copy"], input=request, check=True,
                                         capture_output=True).stdout
            key = subprocess.run(["openssl", "pkey", "-in", edge + "/server.pem"], check=True, capture_output=True).stdout
            with open(edge + "/server.pem", "wb") as file:
                file.write(certificate + key)
        done = subprocess.run([ROOT + "/deploy/edge/reload", "--data", self.house.data], check=False, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_certificate_that_will_expire_is_told_before_anybody_feels_it(self):
        self.addCleanup(self.replace_certificate, days=825)
        self.replace_certificate(days=10)
        self.expect_told("CertificateExpiring", severity="warning", audience="operators")
        self.replace_certificate(days=825)
        self.expect_no_other_when_over("CertificateExpiring")

    def test_a_certificate_that_has_expired_is_told_as_the_reason_why_nobody_connects(self):
        self.addCleanup(self.replace_certificate, days=825)
        self.replace_certificate(days=0)
        self.expect_told("CertificateExpired", severity="critical", audience="operators")
        self.replace_certificate(days=825)
        self.expect_no_other_when_over("CertificateExpired")


if __name__ == "__main__":
    unittest.main()
