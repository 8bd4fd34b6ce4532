#!/usr/bin/python3
"""A platform that does nothing wrong, at a steady rate: it looks an organization up.

  good_client.py PORT SECONDS RATE AUTHORITY CERTIFICATE ORGANIZATION

RATE is calls a second, 0 for as many as go. AUTHORITY is the file of who vouches for the edge, CERTIFICATE that of the
platform, with the key beside it, ORGANIZATION a name. Prints one object of JSON: calls made, and how many failed by code.
"""

import collections
import json
import sys
import threading
import time

import grpc

CALLERS = 4
METHOD = "/qinglian.organization.v1.OrganizationService/GetOrganization"


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Client:
    def __init__(self, port, seconds, rate, authority, certificate, organization):
        self.end = time.monotonic() + seconds
        self.pause = CALLERS / rate if rate else 0
        self.calls, self.failed, self.lock = 0, collections.Counter(), threading.Lock()
        # Field 1 of the request, and of what is answered: its name.
        self.named = b"\x0a" + bytes([len(organization)]) + organization.encode()
        self.channel = grpc.secure_channel(f"localhost:{port}", grpc.ssl_channel_credentials(
            read(authority), read(certificate.replace(".pem", ".key")), read(certificate)))

    def run(self):
        call, due = self.channel.unary_unary(METHOD), time.monotonic()
        while time.monotonic() < self.end:
            code = "OK"
            try:
                if not call(self.named, timeout=10).startswith(self.named):
                    code = "another organization"
            except grpc.RpcError as error:
                code = f"{error.code().name} {error.details()}"
            with self.lock:
                self.calls += 1
                self.failed.update([code] if code != "OK" else [])
            due += self.pause
            time.sleep(max(0, due - time.monotonic()))


def main():
    client = Client(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), *sys.argv[4:])
    callers = [threading.Thread(target=client.run) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    print(json.dumps({"calls": client.calls, "failed": client.failed}))


if __name__ == "__main__":
    main()
