"""Programs with a desktop or a browser, driven step by step by a test.

The test listens on the socket that `STEPS` names and sends one step at a time: fields separated by
US (0x1f), ended by NUL. The answer is `ok` and values, or `failed` and a reason, in the same form.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import traceback
import urllib.error
from pathlib import Path

# Nothing takes this long: it ends a run that waits in vain. Shorter than the test's own deadline.
DEADLINE = 100

PR_SET_CHILD_SUBREAPER = 36


class Programs:
    """Everything that is started, and whatever that starts in turn: ended together, by their ids."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.started = []
        # What outlives its parent becomes our child, so that none can get away.
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        # A test that ends, however, ends us with SIGTERM.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to stop"))

    def start(self, name, command, **settings):
        """Starts a program that writes to `name.out`."""
        log = (self.folder / f"{name}.out").open("ab")
        program = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **settings
        )
        self.started.append(program)
        return program

    def log(self, name):
        """What it wrote so far."""
        return (self.folder / f"{name}.out").read_text(errors="replace")

    def show_logs(self):
        """What each wrote last, for the reader of a failure."""
        for path in sorted(self.folder.glob("*.out")):
            text = self.log(path.stem)
            print(f"--- {path.name}\n{text[-6000:]}", file=sys.stderr, flush=True)

    def end(self):
        """Ends all, and those that come to us when their parents are gone."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        # Some tidy up when they are asked, and get a moment for that; the last started goes first.
        for program in reversed(self.started):
            program.terminate()
            try:
                program.wait(3)
            except subprocess.TimeoutExpired:
                pass
        while descendants := children_of(os.getpid()):
            for process in descendants:
                try:
                    os.kill(process, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            try:
                os.wait()
            except ChildProcessError:
                return


def children_of(process):
    """The ids of all processes below this one."""
    found, todo = [], [process]
    while todo:
        try:
            text = "".join(
                path.read_text() for path in Path(f"/proc/{todo.pop()}/task").glob("*/children")
            )
        except OSError:
            continue
        children = [int(word) for word in text.split()]
        found += children
        todo += children
    return found


def until(what, look):
    """Looks again and again until it sees something, and returns that."""
    deadline = time.monotonic() + DEADLINE
    seen = None
    while time.monotonic() < deadline:
        try:
            if seen := look():
                return seen
        except (ConnectionError, urllib.error.URLError) as error:
            seen = error
        time.sleep(0.05)
    raise TimeoutError(f"waited in vain for {what}; last seen: {seen!r}")


def free_port():
    """A port that nobody listens on now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def serve(programs, steps):
    """Runs the test's steps, functions by their names, until it closes; then ends all programs."""
    try:
        with socket.socket(socket.AF_UNIX) as test:
            test.connect(os.environ["STEPS"])
            answer(test, steps, programs)
    finally:
        programs.end()


def answer(test, steps, programs):
    received = test.makefile("rb")
    while step := record(received):
        name, *arguments = step.split("\x1f")
        print("step", name, arguments, file=sys.stderr, flush=True)
        try:
            values = ["ok", *(str(value) for value in steps[name](*arguments) or ())]
        except Exception as error:
            traceback.print_exc()
            programs.show_logs()
            values = ["failed", f"{type(error).__name__}: {error}"]
        test.sendall("\x1f".join(values).encode() + b"\0")


def record(stream):
    """Everything up to the next NUL, or nothing at the end."""
    octets = bytearray()
    while (octet := stream.read(1)) not in (b"", b"\0"):
        octets += octet
    return octets.decode()
