"""A client of WebDriver, the remote protocol of browsers: JSON over HTTP."""

import base64
import json
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"

# Proxies of the environment are not for the loopback.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class WebDriver:
    """A session of a browser with one window."""

    def __init__(self, port, capabilities, limit):
        self.limit = limit
        self.base = f"http://127.0.0.1:{port}"
        wanted = {"capabilities": {"alwaysMatch": capabilities}}
        self.base += "/session/" + self.command("POST", "/session", wanted)["sessionId"]

    def command(self, method, path, parameters=None):
        """Sends a command and returns its value."""
        body = None if parameters is None else json.dumps(parameters).encode()
        request = urllib.request.Request(self.base + path, body, method=method)
        try:
            with OPENER.open(request, timeout=self.limit) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            value = json.load(error)["value"]
            raise RuntimeError(f"{method} {path}: {value['error']}: {value['message']}") from None

    def open(self, url):
        self.command("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        """Runs the body of a function in the page, and returns what it returns."""
        return self.command("POST", "/execute/sync", {"script": script, "args": arguments})

    def find(self, selector):
        """All elements that a CSS selector matches."""
        wanted = {"using": "css selector", "value": selector}
        return [one[ELEMENT] for one in self.command("POST", "/elements", wanted)]

    def click(self, element):
        self.command("POST", f"/element/{element}/click", {})

    def write(self, element, text):
        self.command("POST", f"/element/{element}/value", {"text": text})

    def text(self, element):
        return self.command("GET", f"/element/{element}/text")

    def frame(self, element=None):
        """Goes into a frame, or back to the whole page."""
        frame = {ELEMENT: element} if element else None
        self.command("POST", "/frame", {"id": frame})

    def screenshot(self):
        """The window as PNG."""
        return base64.b64decode(self.command("GET", "/screenshot"))

    def close(self):
        self.command("DELETE", "")
