"""Debian's Roundcube with a configuration and a database of its own, in a browser."""

import os
import sqlite3
from pathlib import Path

from desktop import DEADLINE, Programs, free_port, serve, until
from webdriver import WebDriver

FOLDER = Path(os.environ["FOLDER"])
PICTURES = Path(os.environ["PICTURES"])
CODE = Path("/var/lib/roundcube")
DEFAULTS = Path("/etc/roundcube")

CONFIGURATION = """<?php
$config['db_dsnw'] = 'sqlite:///{folder}/roundcube.sqlite?mode=0600';
$config['imap_host'] = 'ssl://localhost:{port}';
$config['imap_conn_options'] = ['ssl' => [
    'verify_peer' => true,
    'verify_peer_name' => true,
    'peer_name' => 'localhost',
    'cafile' => '{authority}',
]];
$config['imap_debug'] = true;
$config['des_key'] = 'twenty-four octets, test';
$config['log_dir'] = '{folder}/logs';
$config['temp_dir'] = '{folder}/temp';
$config['plugins'] = [];
$config['language'] = 'en_US';
$config['create_default_folders'] = false;
// A message that is shown is read at once, and one that is deleted goes to the trash.
$config['mail_read_time'] = 0;
$config['trash_mbox'] = 'Trash';
// What the server has to tell is asked for by steps, not by a clock.
$config['refresh_interval'] = 3600;
$config['enable_spellcheck'] = false;
"""


def configure(authority):
    """Roundcube's own files stay as Debian installed them."""
    for name in ("config", "logs", "temp", "browser"):
        (FOLDER / name).mkdir()
    text = CONFIGURATION.replace("{folder}", str(FOLDER)).replace("{authority}", authority)
    text = text.replace("{port}", os.environ["IMAPS_PORT"])
    (FOLDER / "config" / "config.inc.php").write_text(text)
    for name in ("defaults.inc.php", "mimetypes.php"):
        (FOLDER / "config" / name).symlink_to(DEFAULTS / name)
    tables = (CODE / "SQL" / "sqlite.initial.sql").read_text()
    with sqlite3.connect(FOLDER / "roundcube.sqlite") as database:
        database.executescript(tables)


def web_server(programs):
    """Serves Roundcube, and gives its address."""
    address = f"127.0.0.1:{free_port()}"
    settings = ["-d", "error_log=/dev/stderr", "-d", f"session.save_path={FOLDER}/temp"]
    root = CODE / "public_html"
    environment = {**os.environ, "ROUNDCUBE_CONFIG_DIR": str(FOLDER / "config")}
    programs.start("php", ["php", *settings, "-S", address, "-t", str(root)], env=environment)
    return f"http://{address}/"


def browser(programs):
    """Chromium, which can reach nothing but the loopback."""
    port = free_port()
    environment = {**os.environ, "HOME": str(FOLDER / "browser"), "TMPDIR": str(FOLDER / "temp")}
    programs.start("chromedriver", ["chromedriver", f"--port={port}"], env=environment)
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1280,900",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        f"--user-data-dir={FOLDER}/browser/data",
    ]
    capabilities = {"goog:chromeOptions": {"args": flags}}
    return until("the browser", lambda: WebDriver(port, capabilities, DEADLINE))


class Steps:
    """What a user of Roundcube does and sees."""

    def __init__(self, programs):
        self.programs = programs
        self.page = None
        self.address = None

    def __getitem__(self, name):
        return getattr(self, name)

    def start(self, trust):
        configure(os.environ["CA_FILE"] if trust == "trusting" else "/etc/ssl/certs/ca-certificates.crt")
        self.address = web_server(self.programs)
        self.page = browser(self.programs)

    def one(self, selector):
        """The first element that is there, once it is."""
        return until(selector, lambda: self.page.find(selector))[0]

    def sign_in(self):
        """Signs in; gives what the page says when that fails."""
        until("the web server", lambda: self.page.open(self.address) or self.page.find("#rcmloginuser"))
        self.page.write(self.one("#rcmloginuser"), os.environ["ACCOUNT"])
        self.page.write(self.one("#rcmloginpwd"), os.environ["PASSWORD"])
        self.page.click(self.one("#rcmloginsubmit"))
        refusals = "#messagestack .warning, #messagestack .error"
        until("an answer", lambda: self.page.find(f"#mailboxlist li, {refusals}"))
        return self.page.run(
            "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent.trim())",
            refusals,
        )

    def folders(self):
        """The folders, by their names on the server."""
        self.one("#mailboxlist li")
        return sorted(self.page.run("return Object.keys(rcmail.env.mailboxes)"))

    def quiet(self):
        """Waits until no request is on its way."""
        until("an answer", lambda: self.page.run("return !rcmail.busy && jQuery.active === 0"))

    def show_folder(self, name):
        """Opens a folder, and gives the subjects that it lists."""
        self.page.run("rcmail.command('list', arguments[0])", name)
        until(name, lambda: self.page.run("return rcmail.env.mailbox") == name)
        self.quiet()
        return self.subjects()

    def subjects(self):
        return sorted(self.page.run(
            "return [...document.querySelectorAll('#messagelist tbody tr .subject a')]"
            ".filter((one) => one.offsetParent !== null)"
            ".map((one) => one.textContent.trim())"
        ))

    def select(self, subject):
        """Selects a message in the list, as a click on it does."""
        found = self.page.run(
            "for (const row of document.querySelectorAll('#messagelist tbody tr')) {"
            "  const link = row.querySelector('.subject a');"
            "  if (link && link.textContent.trim() === arguments[0]) {"
            "    rcmail.message_list.select(row.uid); return true; } } return false;",
            subject,
        )
        if not found:
            raise LookupError(f"no message {subject} in the list: {self.subjects()}")

    def show(self, subject):
        """Shows a message: its text, and its attachments with what is in them."""
        self.select(subject)
        self.page.frame(self.one("#messagecontframe"))
        wanted = "#messagebody .message-part, #messagebody .message-htmlpart"
        shown = until("the message", lambda: self.page.run(
            "const title = document.querySelector('.subject');"
            "return document.readyState === 'complete' && title"
            " && title.textContent.includes(arguments[0])"
            " && document.querySelectorAll(arguments[1]).length > 0", subject, wanted))
        text = "\n".join(self.page.text(one) for one in self.page.find(wanted))
        files = self.page.run(
            "return [...document.querySelectorAll('#attachment-list li a.filename')].map((one) => {"
            " const request = new XMLHttpRequest();"
            " request.open('GET', one.href + '&_download=1', false); request.send();"
            " const name = one.querySelector('.attachment-name');"
            " return (name || one).textContent.trim() + ': ' + request.responseText; })")
        self.page.frame()
        self.quiet()
        return [text, *files]

    def mark(self, subject, flag):
        """Marks a message: `flagged`, `unread`, …"""
        self.select_quietly(subject)
        self.page.run("rcmail.command('mark', arguments[0])", flag)
        self.quiet()

    def select_quietly(self, subject):
        """Selects a message without showing it, which would mark it as read."""
        self.page.run("rcmail.env.contentframe = null")
        self.select(subject)

    def move(self, subject, folder):
        self.select_quietly(subject)
        self.page.run("rcmail.command('move', arguments[0])", folder)
        self.quiet()
        return self.subjects()

    def copy(self, subject, folder):
        self.select_quietly(subject)
        self.page.run("rcmail.command('copy', arguments[0])", folder)
        self.quiet()

    def delete(self, subject):
        self.select_quietly(subject)
        self.page.run("rcmail.command('delete')")
        self.quiet()
        return self.subjects()

    def search(self, scope, text):
        """Searches in `subject`, `from`, `text`, …; gives the subjects found."""
        self.page.run(
            "rcmail.env.search_mods = {'*': {[arguments[0]]: 1}};"
            "rcmail.env.search_scope = 'base';"
            "document.querySelector('#mailsearchform').value = arguments[1];"
            "rcmail.command('search')", scope, text)
        self.quiet()
        until("the result", lambda: self.page.run("return rcmail.env.search_request"))
        return self.subjects()

    def end_search(self):
        self.page.run("rcmail.command('reset-search')")
        self.quiet()
        return self.subjects()

    def check_mail(self):
        """Asks for what is new, as the button does."""
        self.page.run("rcmail.command('checkmail')")
        self.quiet()
        return self.subjects()

    def create_folder(self, name):
        """Makes a folder in the settings, with their form."""
        self.page.open(f"{self.address}?_task=settings&_action=folders")
        until("the settings", lambda: self.page.run("return !!window.rcmail && !rcmail.busy"))
        self.page.run("rcmail.command('create-folder')")
        self.page.frame(self.one("iframe#preferences-frame"))
        self.page.write(self.one("input[name=_name]"), name)
        self.page.run("parent.rcmail.command('save-folder') || rcmail.command('save')")
        self.page.frame()
        until("the answer", lambda: self.page.find("#messagestack .confirmation"))
        self.page.open(f"{self.address}?_task=mail")
        return self.folders()

    def picture(self, name):
        (PICTURES / f"{name}.png").write_bytes(self.page.screenshot())

    def end(self):
        """Signs out and closes the browser."""
        self.page.run("rcmail.command('logout')")
        self.one("#rcmloginuser")
        self.page.close()


if __name__ == "__main__":
    started = Programs(FOLDER)
    serve(started, Steps(started))
