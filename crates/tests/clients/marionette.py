"""A client of Marionette, the remote protocol of Mozilla's programs: JSON arrays after their length."""

import base64
import json
import socket


class Marionette:
    """A session in the program's own (chrome) context."""

    def __init__(self, port, limit):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=limit)
        self.stream = self.socket.makefile("rb")
        self.number = 0
        self._read()
        self.command("WebDriver:NewSession", {})
        self.command("Marionette:SetContext", {"value": "chrome"})
        # The program's own account of what took so long comes first.
        milliseconds = (limit - 10) * 1000
        self.command("WebDriver:SetTimeouts", {"script": milliseconds})

    def command(self, name, parameters):
        """Sends a command and returns its result."""
        self.number += 1
        octets = json.dumps([0, self.number, name, parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(octets), octets))
        kind, number, error, result = self._read()
        if (kind, number) != (1, self.number):
            raise ValueError(f"an answer to something else: {kind} {number}")
        if error:
            raise RuntimeError(f"{name}: {error['error']}: {error['message']}\n{error['stacktrace']}")
        return result

    def run(self, script, *arguments):
        """Runs the body of an async function with `args`, and returns what it returns."""
        script = f"const args = [...arguments]; return (async () => {{ {script} }})();"
        parameters = {"script": script, "args": arguments, "sandbox": "system", "newSandbox": False}
        return self.command("WebDriver:ExecuteScript", parameters)["value"]

    def screenshot(self):
        """The window as PNG."""
        parameters = {"full": True, "hash": False}
        return base64.b64decode(self.command("WebDriver:TakeScreenshot", parameters)["value"])

    def _read(self):
        length = b""
        while (octet := self.stream.read(1)) != b":":
            if not octet:
                raise ConnectionError("the program closed the connection")
            length += octet
        return json.loads(self.stream.read(int(length)))
