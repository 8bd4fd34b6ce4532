#!/usr/bin/python3
"""The certificates that qlctl makes."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../lib"))
from edge import QLCTL, qlctl  # noqa: E402


class CertificatesTest(unittest.TestCase):
    """What qlctl certificate makes, as OpenSSL's own tool sees it."""

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.authority, self.out = self.folder + "/ca", self.folder + "/out"
        qlctl("certificate", "authority", "--ca=" + self.authority)

    def issue(self, client, *options):
        qlctl("certificate", "issue", client, "--ca=" + self.authority, "--out=" + self.out, *options)
        return f"{self.out}/{client}.pem"

    def openssl(self, *arguments):
        return subprocess.run(["openssl", *arguments], capture_output=True, check=False, text=True)

    def verify(self, certificate, purpose):
        return self.openssl("verify", "-crl_check", "-purpose", purpose, "-CAfile", self.authority + "/ca.pem",
                            "-CRLfile", self.authority + "/revoked.pem", certificate)

    def refused(self, *arguments):
        done = subprocess.run([QLCTL, "certificate", *arguments], capture_output=True, check=False, text=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        return done.stderr

    def test_a_client_is_named_by_its_one_uri_and_can_be_nothing_but_a_client(self):
        certificate = self.issue("zj-portal", "--days=30")
        self.assertEqual(self.verify(certificate, "sslclient").returncode, 0)
        self.assertNotEqual(self.verify(certificate, "sslserver").returncode, 0)
        names = self.openssl("x509", "-in", certificate, "-noout", "-ext", "subjectAltName").stdout
        self.assertEqual(names.split()[-1], "URI:spiffe://qinglian/clients/zj-portal")
        self.assertEqual(self.openssl("x509", "-in", certificate, "-noout", "-checkend", str(29 * 86400)).returncode, 0)
        self.assertEqual(self.openssl("x509", "-in", certificate, "-noout", "-checkend", str(31 * 86400)).returncode, 1)

    def test_a_process_of_the_house_is_named_by_its_one_uri_calls_and_is_called(self):
        qlctl("certificate", "process", "risk", "--ca=" + self.authority, "--out=" + self.out)
        certificate = self.out + "/risk.pem"
        self.assertEqual(self.verify(certificate, "sslclient").returncode, 0)
        self.assertEqual(self.verify(certificate, "sslserver").returncode, 0)
        names = self.openssl("x509", "-in", certificate, "-noout", "-ext", "subjectAltName").stdout
        self.assertEqual(names.splitlines()[-1].split(), ["URI:spiffe://qinglian/processes/risk,", "DNS:risk"])

    def test_keys_are_for_their_owner_alone(self):
        self.issue("zj-portal")
        for key in (self.out + "/zj-portal.key", self.authority + "/ca.key"):
            self.assertEqual(os.stat(key).st_mode & 0o777, 0o600)

    def test_what_is_revoked_no_longer_verifies_and_others_do(self):
        gone, stays = self.issue("gone"), self.issue("stays")
        for _ in range(2):
            qlctl("certificate", "revoke", gone, "--ca=" + self.authority)
        self.assertIn("certificate revoked", self.verify(gone, "sslclient").stderr)
        self.assertEqual(self.verify(stays, "sslclient").returncode, 0)
        listed = self.openssl("crl", "-in", self.authority + "/revoked.pem", "-noout", "-text").stdout
        self.assertEqual(listed.count("Serial Number"), 1)

    def test_many_revocations_at_once_are_all_kept(self):
        certificates = [self.issue(f"client-{i}") for i in range(8)]
        at_once = [subprocess.Popen([QLCTL, "certificate", "revoke", certificate, "--ca=" + self.authority],
                                    stdout=subprocess.DEVNULL) for certificate in certificates]
        self.assertEqual([process.wait() for process in at_once], [0] * 8)
        for certificate in certificates:
            self.assertNotEqual(self.verify(certificate, "sslclient").returncode, 0)

    def test_show_tells_what_openssl_tells(self):
        certificate = self.issue("zj-portal")
        said = qlctl("certificate", "show", certificate)
        serial = self.openssl("x509", "-in", certificate, "-noout", "-serial").stdout.strip().split("=")[1]
        for text in (serial.lower(), "spiffe://qinglian/clients/zj-portal", "CN=Qinglian authority"):
            self.assertIn(text, said)

    def test_what_cannot_be_done_is_said_in_one_line(self):
        self.issue("zj-portal")
        where = ("--ca=" + self.authority, "--out=" + self.out)
        for wanted, arguments in (
                ("is there already", ("issue", "zj-portal", *where)),
                ("cannot name a client", ("issue", "Portal", *where)),
                ("cannot name a client", ("issue", "../x", *where)),
                ("days: ", ("issue", "other", *where, "--days=0")),
                ("days: ", ("issue", "other", *where, "--days=99999")),
                ("is there already", ("authority", "--ca=" + self.authority)),
                ("no name and no address", ("server", "a b", *where)),
                ("cannot read", ("issue", "other", f"--ca={self.folder}/none", "--out=" + self.out)),
                ("cannot read", ("revoke", self.folder + "/none", "--ca=" + self.authority)),
                ("holds no certificate", ("show", self.out + "/zj-portal.key")),
                ("certificate issue CLIENT", ("issue",)),
                ("is no process: wanted edge, gateway", ("process", "portal", *where)),
                ("certificate process NAME", ("process",)),
                ("certificate authority|server|issue|process|revoke|show", ())):
            with self.subTest(arguments):
                self.assertIn(wanted, self.refused(*arguments))


if __name__ == "__main__":
    unittest.main(verbosity=2)
