#!/usr/bin/python3
"""What the edge lets through to the gateway, and what it says to the rest."""

import base64
import datetime
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../lib"))
from edge import Edge, Peer, Recorder, call_headers, client_context, qlctl  # noqa: E402
import grpc  # noqa: E402

GET = "/qinglian.organization.v1.OrganizationService/GetOrganization"


def read(path):
    with open(path, "rb") as file:
        return file.read()


def issue_by_openssl(edge, client, first, last):
    """A certificate as qlctl issues them, but for days that it would not: the path of its file, with the key beside it."""
    path = f"{edge.folder}/clients/{client}"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".index", "w", encoding="ascii"), open(path + ".cnf", "w", encoding="ascii") as file:
        file.write(f"""[ca]
default_ca = authority
[authority]
database = {path}.index
new_certs_dir = {edge.folder}/clients
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = client
[any]
commonName = supplied
[client]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
subjectAltName = URI:spiffe://qinglian/clients/{client}
""")
    for command in (
            ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + client,
             "-keyout", path + ".key", "-out", path + ".csr"],
            ["ca", "-batch", "-notext", "-config", path + ".cnf", "-cert", edge.authority + "/ca.pem", "-keyfile", edge.authority + "/ca.key",
             "-startdate", first.strftime("%Y%m%d%H%M%SZ"), "-enddate", last.strftime("%Y%m%d%H%M%SZ"),
             "-in", path + ".csr", "-out", path + ".pem"]):
        subprocess.run(["openssl", *command], check=True, capture_output=True)
    return path + ".pem"


class Fixture(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.recorder = Recorder(cls.folder + "/gateway.sock")
        cls.edge = Edge(cls.folder, cls.folder + "/gateway.sock")
        cls.trusted = cls.edge.authority + "/ca.pem"

    def setUp(self):
        self.recorder.take()

    @classmethod
    def tearDownClass(cls):
        cls.edge.stop()
        cls.recorder.stop()
        shutil.rmtree(cls.folder)

    def peer(self, certificate=None):
        peer = Peer(self.edge.port, client_context(self.trusted, certificate))
        self.addCleanup(peer.close)
        return peer

    def arrived(self, headers, certificate=None):
        """The headers that the gateway got of a call."""
        said = self.peer(certificate).call(headers)
        self.assertEqual(said.get("grpc-status"), "0", said)
        taken = self.recorder.take()
        self.assertEqual(len(taken), 1)
        return taken[0]

    def assertRefused(self, handshake):
        """A handshake that fails, or whose connection is ended before anything is answered."""
        try:
            said = handshake()
        except OSError:
            return
        self.assertEqual(said, {"closed": True})


class EdgeTest(Fixture):
    """What comes in, and how."""

    def test_the_certificate_reaches_the_gateway_exactly_where_it_was_verified(self):
        certificate = self.edge.issue("zj-portal")
        der = base64.b64encode(ssl.PEM_cert_to_DER_cert(read(certificate).decode())).decode()
        forged = [("qinglian-edge-certificate", "Zm9yZ2Vk")]
        for shown, sent, wanted in ((certificate, [], [der]), (certificate, forged, [der]), (None, [], []),
                                    (None, forged, [])):
            headers = self.arrived(call_headers(more=sent), shown)
            self.assertEqual([value for name, value in headers if name == "qinglian-edge-certificate"], wanted)

    def test_what_only_the_house_says_is_dropped_in_every_spelling(self):
        for name in ("qinglian-caller", "qinglian-client", "qinglian_caller", "qinglian-edge-certificate",
                     "qinglian-identity-bin", "qinglian", "grpclb_client_stats", "grpclb-client-stats", "lb-token",
                     "x-forwarded-for", "x_forwarded_for", "x-forwarded-client-cert", "forwarded", "x-real-ip",
                     "x_real_ip", "x-client-san", "x-client_cert", "via"):
            with self.subTest(name):
                headers = self.arrived(call_headers(more=[(name, "cGVyc29u"), (name, "cGVyc29u")]))
                self.assertNotIn("cGVyc29u", [value for _, value in headers])

    def test_what_callers_may_say_arrives_as_they_said_it(self):
        said = [("authorization", "Bearer a.b.c"), ("traceparent", "00-" + "a" * 32 + "-" + "b" * 16 + "-01"),
                ("grpc-timeout", "5S"), ("acting-for", "persons/1"), ("x-request-id", "7"), ("some-bin", "AAEC/w"),
                ("other-bin", "AA==,AQ==")]
        headers = self.arrived(call_headers(GET, more=said))
        for pair in said + [(":path", GET), (":method", "POST"), ("te", "trailers"), ("content-type", "application/grpc")]:
            self.assertIn(pair, headers)

    def test_what_is_no_call_is_answered_so_that_a_client_of_grpc_reads_why(self):
        peer = self.peer()
        for why, headers, wanted in (
                ("get", call_headers(p_method="GET"), "12"),
                ("unknown path", call_headers("/"), "12"),
                ("a service outside", call_headers("/qinglian.risk.v2.RiskService/Get"), "12"),
                ("reflection", call_headers("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"), "12"),
                ("a query", call_headers(GET + "?a=b"), "12"),
                ("dots", call_headers("/x/../grpc.health.v1.Health/Check"), "12"),
                ("an escape", call_headers("/grpc.health.v1.Health/%43heck"), "12"),
                ("json", call_headers(content_type="application/json"), "12"),
                ("a type that only begins so", call_headers(content_type="application/grpcx"), "12"),
                ("no type", call_headers(content_type=None), "12"),
                ("two types", call_headers(more=[("content-type", "application/grpc")]), "12"),
                ("a strange scheme", call_headers(p_scheme="ftp"), "12"),
                ("clear text", call_headers(p_scheme="http"), "12"),
                ("no te", call_headers(te=None), "3"),
                ("two te", call_headers(more=[("te", "trailers")]), "3"),
                ("no base64", call_headers(more=[("some-bin", "a b!c")]), "3"),
                ("a name that is no name of gRPC", call_headers(more=[("some$name", "x")]), "3"),
                ("a value beyond ASCII", call_headers(more=[("some", "é")]), "3"),
                ("a tab", call_headers(more=[("some", "a\tb")]), "3"),
                ("large metadata", call_headers(more=[("some", "x" * 6200)]), "8")):
            with self.subTest(why):
                said = peer.call(headers)
                self.assertEqual((said.get(":status"), said.get("grpc-status"), said.get("content-type")),
                                 ("200", wanted, "application/grpc"), said)
                self.assertTrue(said.get("grpc-message"))
        self.assertEqual(self.recorder.take(), [])

    def test_what_breaks_http_is_cut_and_never_arrives(self):
        for why, headers in (
                ("te of a proxy", call_headers(te="gzip")),
                ("te with more", call_headers(te="trailers, gzip")),
                ("transfer-encoding", call_headers(more=[("transfer-encoding", "chunked")])),
                ("connection", call_headers(more=[("connection", "te")])),
                ("upgrade", call_headers(more=[("upgrade", "h2c")])),
                ("two paths", call_headers(more=[(":path", "/x")])),
                ("a late scheme", call_headers(more=[(":scheme", "http")])),
                ("an unknown pseudo header", call_headers(more=[(":status", "200")])),
                ("no path", call_headers(p_path=None)),
                ("an upper-case name", call_headers(more=[("Qinglian-Caller", "persons/1")])),
                ("a line break", call_headers(more=[("some", "a\r\nqinglian-caller: persons/1")])),
                ("a zero", call_headers(more=[("some", "a\0b")])),
                ("metadata beyond a buffer", call_headers(more=[("some", "x" * 20000)])),
                ("too many headers", call_headers(more=[(f"some-{i}", "x") for i in range(80)]))):
            with self.subTest(why):
                said = self.peer().call(headers)
                self.assertTrue("reset" in said or "closed" in said or said.get(":status") == "400", said)
        self.assertEqual(self.recorder.take(), [])

    def test_only_good_certificates_good_versions_and_http2_come_in(self):
        revoked, stranger = self.edge.issue("gone"), self.folder + "/strange"
        qlctl("certificate", "revoke", revoked, "--ca=" + self.edge.authority)
        qlctl("certificate", "authority", "--ca=" + stranger)
        qlctl("certificate", "issue", "zj-portal", "--ca=" + stranger, "--out=" + stranger)
        # What the edge itself shows is no certificate of a client.
        qlctl("certificate", "server", "localhost", "--ca=" + self.edge.authority, "--out=" + stranger)
        shutil.copy(stranger + "/server.pem", stranger + "/server.key")
        self.edge.reload()
        for certificate in (revoked, stranger + "/zj-portal.pem", stranger + "/server.pem"):
            with self.subTest(certificate):
                self.assertRefused(lambda path=certificate: self.peer(path).call(call_headers()))
        old = client_context(self.trusted)
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        old.set_ciphers("ALL:@SECLEVEL=0")
        weak = client_context(self.trusted)
        weak.maximum_version = ssl.TLSVersion.TLSv1_2
        weak.set_ciphers("ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA256:AES128-GCM-SHA256:@SECLEVEL=0")
        for why, context in (("old version", old), ("weak suites", weak), ("http/1.1", client_context(self.trusted, alpn=("http/1.1",))),
                             ("no protocol", client_context(self.trusted, alpn=()))):
            with self.subTest(why):
                self.assertRefused(lambda chosen=context: Peer(self.edge.port, chosen).call(call_headers()))
        self.assertEqual(self.peer(self.edge.issue("good")).call(call_headers())["grpc-status"], "0")

    def test_a_certificate_opens_nothing_before_its_first_day_and_after_its_last(self):
        now, day = datetime.datetime.now(datetime.timezone.utc), datetime.timedelta(days=1)
        for name, first, last in (("expired", now - 30 * day, now - day), ("early", now + day, now + 30 * day)):
            with self.subTest(name):
                certificate = issue_by_openssl(self.edge, name, first, last)
                self.assertRefused(lambda path=certificate: self.peer(path).call(call_headers()))
        self.assertEqual(self.recorder.take(), [])
        # It is for their days that they were refused.
        certificate = issue_by_openssl(self.edge, "current", now - day, now + day)
        self.assertEqual(self.peer(certificate).call(call_headers())["grpc-status"], "0")

    def test_no_session_is_taken_up_again_so_that_revocation_is_looked_at(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = client_context(self.trusted, self.edge.issue(version.name.lower().replace("_", "-")))
            context.minimum_version = context.maximum_version = version
            first = Peer(self.edge.port, context)
            first.call(call_headers())
            again = context.wrap_socket(socket.create_connection(("127.0.0.1", self.edge.port)),
                                        server_hostname="localhost", session=first.socket.session)
            self.assertFalse(again.session_reused)
            again.close()
            first.close()

    def test_many_callers_share_few_connections_to_the_gateway(self):
        peers = [self.peer() for _ in range(64)]
        before = self.recorder.connections
        for _ in range(10):
            for peer, stream in [(peer, peer.begin(call_headers())) for peer in peers]:
                self.assertEqual(peer.answer(stream).get("grpc-status"), "0")
        self.assertEqual(len(self.recorder.take()), 640)
        self.assertLessEqual(self.recorder.connections - before, 8)

    def test_clients_of_grpc_read_refusals(self):
        credentials = grpc.ssl_channel_credentials(read(self.trusted))
        with grpc.secure_channel(f"localhost:{self.edge.port}", credentials) as channel:
            for method, metadata, code in (("/no/Method", (), grpc.StatusCode.UNIMPLEMENTED),
                                           (GET, (("some", "x" * 6200),), grpc.StatusCode.RESOURCE_EXHAUSTED)):
                with self.assertRaises(grpc.RpcError) as caught:
                    channel.unary_unary(method)(b"", timeout=10, metadata=metadata)
                self.assertEqual(caught.exception.code(), code)
                self.assertTrue(caught.exception.details())

    def test_a_source_that_only_errs_is_shut_out_and_others_are_not(self):
        def err(source):
            peer = Peer(self.edge.port, client_context(self.trusted), source)
            try:
                return peer.call(call_headers("/no/Method"))
            finally:
                peer.close()
        said = {}
        for _ in range(260):
            try:
                said = err("127.0.0.2")
            except OSError:
                said = {"closed": True}
            if "closed" in said:
                break
        self.assertEqual(said, {"closed": True})
        self.assertEqual(self.peer().call(call_headers())["grpc-status"], "0")


class ReloadTest(Fixture):
    """Certificates, authorities and lists are replaced while calls go on."""

    def shown(self):
        """The number of the certificate that the edge shows, and its public key."""
        certificate = ssl.DER_cert_to_PEM_cert(self.peer().socket.getpeercert(binary_form=True))
        return subprocess.run(["openssl", "x509", "-noout", "-serial", "-pubkey"], input=certificate, check=True, capture_output=True,
                              text=True).stdout.split("\n", 1)

    def call_until(self, stop, failed, made, reconnect, certificate):
        credentials = grpc.ssl_channel_credentials(read(self.trusted))
        if certificate:
            credentials = grpc.ssl_channel_credentials(
                read(self.trusted), read(certificate.replace(".pem", ".key")), read(certificate))
        options = (("grpc.use_local_subchannel_pool", 1),)
        while not stop.is_set():
            with grpc.secure_channel(f"localhost:{self.edge.port}", credentials, options) as channel:
                call = channel.unary_unary(GET)
                for _ in range(20 if reconnect else 10**9):
                    if stop.is_set():
                        return
                    try:
                        call(b"", timeout=20)
                        made.append(1)
                    except grpc.RpcError as error:
                        failed.append(f"{error.code()} {error.details()}")

    def test_no_call_fails_while_everything_is_replaced(self):
        stop, failed, made = threading.Event(), [], []
        certificate = self.edge.issue("caller")
        callers = [threading.Thread(target=self.call_until, args=(stop, failed, made, i % 2, certificate if i < 4 else None))
                   for i in range(8)]
        for caller in callers:
            caller.start()
        try:
            for step in range(4):
                before, count = self.shown(), len(made)
                os.rename(self.edge.files + "/server.pem", f"{self.folder}/server{step}.pem")
                qlctl("certificate", "server", "localhost", "127.0.0.1", "--ca=" + self.edge.authority, "--out=" + self.edge.files)
                client = self.edge.issue(f"client-{step}")
                self.assertEqual(self.peer(client).call(call_headers()).get("grpc-status"), "0")
                qlctl("certificate", "revoke", client, "--ca=" + self.edge.authority)
                self.edge.reload()
                for old, new in zip(before, self.shown(), strict=True):
                    self.assertNotEqual(old, new)
                self.assertRefused(lambda path=client: self.peer(path).call(call_headers()))
                while len(made) < count + 200:
                    time.sleep(0.01)
        finally:
            stop.set()
            for caller in callers:
                caller.join()
        self.assertEqual(failed, [])

    def test_files_that_are_not_right_are_refused_and_the_edge_goes_on(self):
        shutil.copy(self.edge.files + "/server.pem", self.folder + "/kept.pem")
        self.addCleanup(os.replace, self.folder + "/kept.pem", self.edge.files + "/server.pem")
        with open(self.edge.files + "/server.pem", "w", encoding="ascii") as file:
            file.write("no certificate\n")
        with self.assertRaisesRegex(RuntimeError, "^bash: the edge's configuration or certificates are not right: .*server.pem"):
            self.edge.reload()
        self.assertEqual(self.peer().call(call_headers())["grpc-status"], "0")


if __name__ == "__main__":
    unittest.main(verbosity=2)
