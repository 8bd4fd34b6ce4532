#!/usr/bin/python3
"""What a collector is sent of the whole house: traces from the gateway to the SQL and on to the services that follow, nothing
of anybody's, and nothing that holds up a call when the collector is slow or dead.
"""

import concurrent.futures
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import grpc

BINARY = os.environ["QINGLIAN_TEST_BINARY_DIR"]
QLCTL = BINARY + "/services/ctl/qlctl"
sys.path.insert(0, BINARY + "/tests/flow/trace")
import otlp_pb2  # noqa: E402

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5
# A resource's or a person's own words, and everything that is made of them: ids, staff numbers, texts of statements, Chinese.
UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CANARIES = (b"DEMO-", b"canary", b"Canary", b"persons/", b"organizations/", b"clients/", b" FROM ", b" INTO ", b" WHERE ")
ATTRIBUTES = {"rpc.method", "rpc.grpc.status_code", "db.system.name", "db.operation.name", "qinglian.upstream",
              "qinglian.queue_wait_us", "qinglian.retries", "qinglian.feed", "qinglian.changes", "qinglian.effects"}


def built_with_opentelemetry():
    said = subprocess.run([BINARY + "/services/gateway/gateway", "--trace_endpoint=nonsense"], check=False, capture_output=True, text=True)
    return "built without OpenTelemetry" not in said.stderr


def value_of(attribute):
    return getattr(attribute.value, attribute.value.WhichOneof("value"))


class Span:
    """A span as it came."""

    def __init__(self, service, said):
        self.service, self.name, self.kind = service, said.name, said.kind
        self.trace, self.id, self.parent_id = said.trace_id.hex(), said.span_id.hex(), said.parent_span_id.hex()
        self.begin, self.end = said.start_time_unix_nano, said.end_time_unix_nano
        self.attributes = {attribute.key: value_of(attribute) for attribute in said.attributes}
        self.links = [(link.trace_id.hex(), link.span_id.hex()) for link in said.links]
        self.failed = said.status.code == 2

    def __repr__(self):
        return f"{self.service} {self.name} {self.attributes}"


class Collector:
    """Takes spans on a port that stays its own."""

    def __init__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.endpoint = f"localhost:{probe.getsockname()[1]}"
        self.lock, self.raw, self.delay, self.server = threading.Lock(), [], 0, None

    def start(self, folder=None):
        """In clear, or with the certificate in a folder."""
        handler = grpc.unary_unary_rpc_method_handler(self._export)
        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(16))
        self.server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(
            EXPORT.split("/")[1], {EXPORT.split("/")[2]: handler})])
        if folder is None:
            bound = self.server.add_insecure_port(self.endpoint)
        else:
            with open(folder + "/server.pem", "rb") as file:  # certificate and key
                both = file.read()
            bound = self.server.add_secure_port(self.endpoint, grpc.ssl_server_credentials([(both, both)]))
        if bound == 0:
            raise RuntimeError("the collector's port is taken")
        self.server.start()

    def stop(self):
        self.server.stop(None).wait()

    def _export(self, request, _):
        time.sleep(self.delay)
        with self.lock:
            self.raw.append(request)
        return b""

    def forget(self):
        with self.lock:
            self.raw.clear()

    def requests(self):
        with self.lock:
            return list(self.raw)

    def spans(self):
        spans = []
        for raw in self.requests():
            for resource in otlp_pb2.ExportTraceServiceRequest.FromString(raw).resource_spans:
                service = {one.key: value_of(one) for one in resource.resource.attributes}["service.name"]
                spans += [Span(service, said) for scope in resource.scope_spans for said in scope.spans]
        return spans


class House:
    """All processes, which house.cc starts."""

    def __init__(self):
        # A proxy for the world outside, which is not there, and which nobody asks.
        self.process = subprocess.Popen([BINARY + "/tests/flow/trace/flow_trace_house"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, env=os.environ | {"http_proxy": "http://127.0.0.1:1", "https_proxy": "http://127.0.0.1:1"})
        self._answer()

    def _answer(self):
        lines = []
        for line in self.process.stdout:
            if line == ".\n":
                return "".join(lines)
            lines.append(line)
        raise RuntimeError("the house ended: " + "".join(lines))

    def do(self, command, *arguments):
        self.process.stdin.write(" ".join((command, *arguments)) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def calls(self, number):
        """How many failed, and the median in milliseconds."""
        *errors, said = self.do("calls", str(number)).splitlines()
        for error in errors[:3]:
            print(error, file=sys.stderr)
        failed, median = said.split()
        return int(failed), int(median) / 1000

    def counted(self, process, metric):
        return sum(float(line.rsplit(" ", 1)[1]) for line in self.do("metrics", process).splitlines() if line.startswith(metric))

    def end(self):
        self.process.stdin.close()
        self.process.wait(60)


def eventually(holds, seconds=20):
    until = time.monotonic() + seconds
    while True:
        found = holds()
        if found or time.monotonic() > until:
            return found
        time.sleep(0.2)


class Trace(unittest.TestCase):
    """In the order of their names: those with an x go on where the one before has ended."""

    @classmethod
    def setUpClass(cls):
        cls.collector = Collector()
        cls.collector.start()
        cls.house = House()
        cls.addClassCleanup(cls.house.end)
        cls.addClassCleanup(cls.collector.stop)
        cls.house.do("options", "--trace_endpoint=" + cls.collector.endpoint, "--trace_sample_ratio=1")
        said = cls.house.do("year")
        if said.splitlines()[-1] != "told":
            raise RuntimeError(said)
        failed, _ = cls.house.calls(20)
        if failed:
            raise RuntimeError("calls failed")
        # Sent once a second, and what follows follows within that.
        time.sleep(3)
        cls.spans = cls.collector.spans()
        cls.by_id = {(span.trace, span.id): span for span in cls.spans}

    def parent(self, span):
        return self.by_id.get((span.trace, span.parent_id))

    def ancestors(self, span):
        while span := self.parent(span):
            yield span

    def named(self, service, name):
        return [span for span in self.spans if span.service == service and span.name == name]

    def test_a_call_is_one_trace_from_the_gateway_to_the_statement(self):
        method = "qinglian.organization.v1.PersonService/CreatePerson"
        calls = [span for span in self.named("organization", method) if span.attributes["rpc.grpc.status_code"] == 0]
        self.assertTrue(calls)
        for call in calls:
            client = self.parent(call)
            gateway = self.parent(client)
            self.assertEqual((call.kind, client.kind, gateway.kind), (SERVER, CLIENT, SERVER))
            self.assertEqual((client.service, gateway.service), ("gateway", "gateway"))
            self.assertEqual(gateway.attributes["qinglian.upstream"], "organization")
            self.assertGreaterEqual(call.attributes["qinglian.queue_wait_us"], 0)
            parts = [span for span in self.spans if span.parent_id == call.id and span.trace == call.trace]
            transaction = next(span for span in parts if span.name == "transaction")
            self.assertEqual(transaction.attributes["qinglian.retries"], 0)
            kinds = {span.name for span in self.spans if span.parent_id == transaction.id and span.trace == call.trace}
            self.assertLessEqual({"START", "SELECT", "INSERT", "COMMIT", "journal"}, kinds)

    def test_every_span_lies_within_the_call_that_it_is_part_of(self):
        for span in self.spans:
            self.assertLessEqual(span.begin, span.end)
            parent = self.parent(span)
            # What follows comes after; clocks of one machine agree within their resolution.
            if parent and span.kind != CONSUMER:
                self.assertLessEqual(parent.begin, span.begin + 1_000_000, (parent, span))

    def test_every_parent_was_sent_too(self):
        for span in self.spans:
            if span.parent_id and span.service != "gateway":
                self.assertIsNotNone(self.parent(span), span)

    def test_the_trace_id_that_a_caller_names_is_kept(self):
        for call in self.named("organization", "qinglian.organization.v1.OrganizationService/ListOrganizations"):
            root = list(self.ancestors(call))[-1]
            self.assertEqual(root.service, "gateway")
            # The caller's own span, which he keeps to himself.
            self.assertRegex(root.parent_id, "^[0-9a-f]{16}$")

    def test_what_a_change_causes_in_another_service_is_of_its_trace(self):
        loops = {}
        for span in self.spans:
            if span.name != "journal" or not span.attributes.get("qinglian.changes"):
                continue
            chain = [span, *self.ancestors(span)]
            services = [one.service for one in chain]
            if chain[-1].service == "gateway" and len(set(services)) >= 3:
                loops.setdefault((services[0], chain[-1].name), []).append(chain)
        ways = {(chain[0].service, next(one.attributes["qinglian.feed"] for one in chain if one.kind == CONSUMER))
                for chains in loops.values() for chain in chains}
        # A finding of supervision reaches the registry of risks and the review.
        self.assertLessEqual({("risk", "supervision"), ("review", "supervision")}, ways, loops.keys())
        for chains in loops.values():
            kinds = [(one.service, one.kind) for one in chains[0]]
            applied = next(one for one in chains[0] if one.kind == CONSUMER)
            self.assertEqual(self.parent(applied).name, "journal", kinds)
            self.assertEqual(self.parent(applied).kind, PRODUCER, kinds)
            self.assertEqual(applied.attributes["qinglian.effects"] > 0, True, kinds)
            # One id for the whole loop, in the journals too.
            journals = self.house.do("journal", applied.trace).split()
            self.assertLessEqual({chains[0][0].service, applied.attributes["qinglian.feed"]}, set(journals))

    def test_what_several_traces_caused_together_is_linked_to_each(self):
        for span in self.spans:
            if not span.links:
                continue
            self.assertEqual((span.name, span.kind, span.parent_id), ("apply changes", CONSUMER, ""))
            self.assertGreater(len({trace for trace, _ in span.links}), 1)
            for link in span.links:
                self.assertEqual(self.by_id[link].name, "journal")

    def test_nothing_of_anybody_is_sent(self):
        for raw in self.collector.requests():
            self.assertIsNone(UUID.search(raw))
            for canary in CANARIES:
                self.assertNotIn(canary, raw)
        for span in self.spans:
            self.assertLessEqual(set(span.attributes), ATTRIBUTES)
            for text in (span.name, *(one for one in span.attributes.values() if isinstance(one, str))):
                self.assertTrue(text.isascii(), text)
        self.assertTrue(self.named("gateway", "unknown method"))

    def test_what_is_sent_is_counted(self):
        self.assertGreaterEqual(self.house.counted("gateway", "trace_spans_exported_total"), 40)
        self.assertEqual(self.house.counted("gateway", "trace_spans_dropped_total"), 0)

    def test_x1_what_waits_at_the_end_is_sent(self):
        self.collector.forget()
        self.assertEqual(self.house.calls(3)[0], 0)
        self.assertEqual(self.begin_with(ratio=0), "")
        listed = [span for span in self.collector.spans() if span.name.endswith("ListOrganizations")]
        self.assertEqual(len([span for span in listed if span.service == "organization"]), 3)

    def test_x2_a_ratio_of_zero_sends_nothing_whatever_the_caller_says(self):
        self.collector.forget()
        self.assertEqual(self.house.calls(50)[0], 0)
        time.sleep(2)
        self.assertEqual(self.collector.requests(), [])

    def test_x3_without_a_collector_all_is_as_ever(self):
        self.assertEqual(self.house.do("options"), "")
        failed, type(self).plain = self.house.calls(300)
        self.assertEqual((failed, self.collector.requests()), (0, []))

    def test_x4_a_slow_collector_changes_no_answer_and_what_it_does_not_take_is_counted(self):
        self.assertEqual(self.begin_with(ratio=1), "")
        self.collector.delay = 30
        self.expect_untouched_calls()
        self.collector.delay = 0

    def test_x5_a_dead_collector_changes_no_answer_and_what_it_does_not_take_is_counted(self):
        self.collector.stop()
        self.expect_untouched_calls()

    def test_x6_when_the_collector_is_back_it_is_sent_to_again(self):
        self.collector.start()

        def taken():
            self.assertEqual(self.house.calls(5)[0], 0)
            return "traces are taken again" in self.house.do("log", "gateway")
        self.assertTrue(eventually(taken, 60))

    def test_x7_over_tls_the_collector_is_believed_by_its_authority(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        for command in (["authority"], ["server", "localhost", "--out=" + folder]):
            subprocess.run([QLCTL, "certificate", *command, f"--ca={folder}/ca"], check=True, capture_output=True)
        self.collector.stop()
        self.collector.start(folder)
        self.collector.forget()
        self.assertEqual(self.begin_with(1, f"--trace_ca_file={folder}/ca/ca.pem"), "")
        self.assertEqual(self.house.calls(3)[0], 0)
        self.assertTrue(eventually(lambda: any(span.service == "organization" for span in self.collector.spans())))

    def begin_with(self, ratio, *options):
        return self.house.do("options", "--trace_endpoint=" + self.collector.endpoint, f"--trace_sample_ratio={ratio}", *options)

    def expect_untouched_calls(self):
        def dropped():
            return self.house.counted("gateway", 'trace_spans_dropped_total{cause="failed"}')
        before = dropped()
        failed, median = self.house.calls(300)
        print(f"{self.id().rsplit('.', 1)[1]}: {median:.2f} ms a call, {self.plain:.2f} ms without a collector", file=sys.stderr)
        self.assertEqual(failed, 0)
        # Room for a machine that does other things besides; a call that waited would take seconds.
        self.assertLess(median, self.plain * 3 + 20)
        self.assertTrue(eventually(lambda: dropped() > before))
        self.assertIn("traces are not taken by the collector", self.house.do("log", "gateway"))


if __name__ == "__main__":
    if not built_with_opentelemetry():
        print("skipped: built without OpenTelemetry")
        sys.exit(77)
    unittest.main()
