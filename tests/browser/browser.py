"""Chromium, driven through a pair of pipes: no server, no port, and nothing to install beside the browser itself.

The browser speaks the DevTools protocol, one JSON object behind another with a zero byte between them
(--remote-debugging-pipe reads descriptor 3 and writes descriptor 4). Every request that a page makes and every word in
its console is kept.
"""

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]


def path():
    """The browser of this machine, or None."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Browser:
    """A browser with one page."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="browser-")
        to_read, to_write = os.pipe()
        from_read, from_write = os.pipe()
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
                 "--disable-component-update", "--disable-sync", "--remote-debugging-pipe",
                 f"--user-data-dir={self.profile}", "about:blank"]
        ends = f'exec "$@" 3<&{to_read} 4>&{from_write}'
        self.process = subprocess.Popen(["bash", "-c", ends, "bash", path(), *flags], pass_fds=[to_read, from_write],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for unused in [to_read, from_write]:
            os.close(unused)
        self.inward, self.outward, self.rest, self.number = to_write, from_read, b"", 0
        self.events = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = None
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Network", "Log"]:
            self.ask(domain + ".enable")

    def ask(self, method, **params):
        """What the browser answers to one question."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if getattr(self, "session", None):
            message["sessionId"] = self.session
        os.write(self.inward, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.next()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def next(self):
        """The next message of the browser."""
        while b"\0" not in self.rest:
            piece = os.read(self.outward, 1 << 16)
            if not piece:
                raise RuntimeError("the browser is gone")
            self.rest += piece
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def open(self, address, width=1280, height=900, dark=False):
        """Opens an address in a window of this size."""
        self.events = []
        mobile = width < 600
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", media="", features=[scheme])
        self.ask("Page.navigate", url=address)
        deadline = time.time() + 20
        while self.run("document.readyState") != "complete" and time.time() < deadline:
            time.sleep(0.02)

    def run(self, expression):
        """The value of an expression in the page."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def requests(self):
        """Every address that was asked for beside the page itself and what lies within it."""
        asked = [e["params"]["request"]["url"] for e in self.events if e.get("method") == "Network.requestWillBeSent"]
        return [url for url in asked if not url.startswith("data:")]

    def console(self):
        """Every word in the console, and every error."""
        words = []
        for event in self.events:
            if event.get("method") == "Log.entryAdded":
                words.append(event["params"]["entry"]["text"])
            elif event.get("method") == "Runtime.consoleAPICalled":
                words.append(str(event["params"]["args"]))
            elif event.get("method") == "Runtime.exceptionThrown":
                words.append(str(event["params"]["exceptionDetails"]))
        return words

    def mouse(self, kind, x, y):
        """A movement, a press or a release of the left button at a place of the window."""
        held = 0 if kind == "mouseMoved" and not getattr(self, "pressed", False) else 1
        self.pressed = kind == "mousePressed" or (kind == "mouseMoved" and getattr(self, "pressed", False))
        button = "left" if kind != "mouseMoved" or held else "none"
        self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button=button, buttons=held, clickCount=1)

    def key(self, name, text=None):
        """A key that is pressed and released."""
        for kind in ["keyDown", "keyUp"]:
            extra = {"text": text} if text and kind == "keyDown" else {}
            self.ask("Input.dispatchKeyEvent", type=kind, key=name, code=name, **extra)

    def picture(self, file):
        """The whole page as a PNG."""
        size = self.ask("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 12000), "scale": 1}
        shot = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        with open(file, "wb") as out:
            out.write(base64.b64decode(shot["data"]))

    def close(self):
        """Ends the browser that was started here."""
        try:
            self.session = None
            self.ask("Browser.close")
            self.process.wait(10)
        except Exception:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

