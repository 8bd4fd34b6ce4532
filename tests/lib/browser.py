"""Chromium, told what to do through a pipe (the protocol of its developer tools)."""

import base64
import json
import os
import shutil
import subprocess
import tempfile

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-pipe"]


class Browser:
    """One page. Closed by close()."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="qinglian-browser-")
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()

        def wire():  # it reads from 3 and writes to 4
            os.dup2(theirs_in, 103)
            os.dup2(theirs_out, 104)
            os.dup2(103, 3)
            os.dup2(104, 4)

        self.process = subprocess.Popen(["chromium", *FLAGS, "--user-data-dir=" + self.profile, "about:blank"],
                                        preexec_fn=wire, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(theirs_in)
        os.close(theirs_out)
        self.out, self.incoming, self.last, self.events = os.fdopen(ours_out, "wb"), os.fdopen(ours_in, "rb"), 0, []
        target = self._ask("Target.createTarget", {"url": "about:blank"})["targetId"]
        self.session = self._ask("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        self.tell("Page.enable")

    def _read(self):
        message = bytearray()
        while (byte := self.incoming.read(1)) != b"\0":
            if not byte:
                raise RuntimeError("chromium has ended")
            message += byte
        return json.loads(message)

    def _ask(self, method, parameters=None, session=None):
        self.last += 1
        message = {"id": self.last, "method": method, "params": parameters or {}}
        if session:
            message["sessionId"] = session
        self.out.write(json.dumps(message).encode() + b"\0")
        self.out.flush()
        while True:
            said = self._read()
            if said.get("id") == self.last:
                if "error" in said:
                    raise RuntimeError(f"{method}: {said['error']['message']}")
                return said["result"]
            self.events.append(said.get("method"))

    def tell(self, method, **parameters):
        return self._ask(method, parameters, self.session)

    def open(self, url, width, height):
        """Shows a page as on a screen of that size, until all of it is there."""
        self.tell("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.events.clear()
        self.tell("Page.navigate", url=url)
        while "Page.loadEventFired" not in self.events:
            self.events.append(self._read().get("method"))
        self.run("document.fonts.ready.then(() => true)")

    def run(self, script):
        """What a script on the page answers."""
        said = self.tell("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in said:
            raise RuntimeError(said["exceptionDetails"]["exception"]["description"])
        return said["result"].get("value")

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.tell("Page.captureScreenshot", captureBeyondViewport=True)["data"]))

    def close(self):
        self.process.terminate()
        self.process.wait(30)
        shutil.rmtree(self.profile, ignore_errors=True)
