"""Thunderbird on a display of its own, with a new profile."""

import json
import os
import subprocess
from pathlib import Path

from desktop import DEADLINE, Programs, free_port, serve, until
from marionette import Marionette

FOLDER = Path(os.environ["FOLDER"])
PROFILE = FOLDER / "profile"
PICTURES = Path(os.environ["PICTURES"])
LIBRARY = Path(__file__).with_name("thunderbird.js").read_text()


def preferences(marionette_port):
    """What a new profile must know; nothing but the loopback is to be asked."""
    return {
        "marionette.port": marionette_port,
        "app.update.enabled": False,
        "datareporting.policy.dataSubmissionEnabled": False,
        "extensions.getAddons.cache.enabled": False,
        "extensions.blocklist.enabled": False,
        "mail.provider.enabled": False,
        "mail.provider.suppress_dialog_on_startup": True,
        "mail.rights.version": 1,
        "mail.server.default.use_condstore": True,
        "mail.shell.checkDefaultClient": False,
        "mail.spotlight.firstRunDone": True,
        "mail.winsearch.firstRunDone": True,
        "mailnews.auto_config.fetchFromISP.enabled": False,
        "mailnews.start_page.enabled": False,
        "network.captive-portal-service.enabled": False,
        "network.connectivity-service.enabled": False,
        # What is not mail goes to a proxy that is not there.
        "network.proxy.type": 1,
        "network.proxy.http": "127.0.0.1",
        "network.proxy.http_port": 9,
        "network.proxy.ssl": "127.0.0.1",
        "network.proxy.ssl_port": 9,
        "services.settings.server": "data:,",
        "signon.rememberSignons": True,
        "toolkit.telemetry.enabled": False,
    }


def profile(marionette_port, trusting):
    """A new profile; a trusting one has the test's authority beside the usual ones."""
    PROFILE.mkdir()
    lines = [
        f'user_pref("{name}", {json.dumps(value)});\n'
        for name, value in preferences(marionette_port).items()
    ]
    (PROFILE / "user.js").write_text("".join(lines))
    store = f"sql:{PROFILE}"
    certutil("-N", "-d", store, "--empty-password")
    if trusting:
        certutil("-A", "-d", store, "-n", "test", "-t", "C,,", "-i", os.environ["CA_FILE"])


def certutil(*words):
    subprocess.run(["certutil", *words], check=True, timeout=DEADLINE)


def display(programs):
    """Starts an X server on a display that is free, and waits until it is ready."""
    reader, writer = os.pipe()
    screen = ["-screen", "0", "1280x900x24", "-nolisten", "tcp"]
    programs.start("xvfb", ["Xvfb", "-displayfd", str(writer), *screen], pass_fds=[writer])
    os.close(writer)
    with os.fdopen(reader) as number:
        return f":{number.readline().strip()}"


def start(programs, trusting):
    """Thunderbird, ready for commands."""
    port = free_port()
    profile(port, trusting)
    environment = {
        **os.environ,
        "DISPLAY": display(programs),
        "HOME": str(FOLDER),
        "MOZ_CRASHREPORTER_DISABLE": "1",
        # Every line of IMAP, but those with a password.
        "MOZ_LOG": "IMAP:4",
    }
    flags = ["--marionette", "--remote-allow-system-access", "--no-remote"]
    programs.start(
        "thunderbird", ["thunderbird", *flags, "--profile", str(PROFILE)], env=environment
    )
    return until("Marionette", lambda: Marionette(port, DEADLINE))


class Steps:
    """A function of the library for each step, and those that need more than the program."""

    def __init__(self, programs):
        self.programs = programs
        self.session = None

    def __getitem__(self, name):
        if name in ("start", "picture", "idle"):
            return getattr(self, name)
        return lambda *arguments: self.session.run(
            f"{LIBRARY}\nreturn steps[{name!r}](...args);", *arguments
        )

    def start(self, trust):
        self.session = start(self.programs, trust == "trusting")

    def idle(self, mailbox):
        """Waits until it is in IDLE there: before that, it passes over what it is told."""
        until("IDLE", lambda: self.last_line(mailbox).endswith(": + idling"))

    def last_line(self, mailbox):
        lines = self.programs.log("thunderbird").splitlines()
        wire = ("SendData:", "CreateNewLineFromSocket:")
        on_it = [
            line
            for line in lines
            if f":S-{mailbox}:" in line and any(word in line for word in wire)
        ]
        return on_it[-1].rstrip() if on_it else ""

    def picture(self, name):
        (PICTURES / f"{name}.png").write_bytes(self.session.screenshot())


if __name__ == "__main__":
    started = Programs(FOLDER)
    serve(started, Steps(started))
