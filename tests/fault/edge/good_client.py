#!/usr/bin/python3
"""A caller who does nothing wrong, at a steady rate.

  good_client.py PORT SECONDS RATE [AUTHORITY]

RATE is calls a second, 0 for as many as go. Prints one object of JSON: calls made, and how many failed by code.
"""

import collections
import json
import sys
import threading
import time

import grpc

CALLERS = 4
METHOD = "/grpc.health.v1.Health/Check"


class Client:
    def __init__(self, port, seconds, rate, authority):
        self.end = time.monotonic() + seconds
        self.pause = CALLERS / rate if rate else 0
        self.calls, self.failed, self.lock = 0, collections.Counter(), threading.Lock()
        self.channel = grpc.insecure_channel(f"localhost:{port}")
        if authority:
            with open(authority, "rb") as file:
                self.channel = grpc.secure_channel(f"localhost:{port}", grpc.ssl_channel_credentials(file.read()))

    def run(self):
        call, due = self.channel.unary_unary(METHOD), time.monotonic()
        while time.monotonic() < self.end:
            code = "OK"
            try:
                call(b"", timeout=10)
            except grpc.RpcError as error:
                code = f"{error.code().name} {error.details()}"
            with self.lock:
                self.calls += 1
                self.failed.update([code] if code != "OK" else [])
            due += self.pause
            time.sleep(max(0, due - time.monotonic()))


def main():
    client = Client(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), sys.argv[4] if len(sys.argv) > 4 else None)
    callers = [threading.Thread(target=client.run) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    print(json.dumps({"calls": client.calls, "failed": client.failed}))


if __name__ == "__main__":
    main()
