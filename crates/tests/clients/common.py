"""What the Python client tests share: the server's addresses, the checks, deliveries."""

import os
import smtplib
import socket
import ssl

IMAPS_PORT = int(os.environ["IMAPS_PORT"])
LMTP_PORT = int(os.environ["LMTP_PORT"])
ACCOUNT = os.environ["ACCOUNT"]
PASSWORD = os.environ["PASSWORD"]

# Verification of the certificate and of the name stays on.
TLS = ssl.create_default_context(cafile=os.environ["CA_FILE"])

# Nothing takes this long; it ends a run that waits in vain.
socket.setdefaulttimeout(60)


def message(subject):
    """A message of two parts, as octets with CRLF."""
    text = f"""\
Date: Tue, 03 Mar 2026 10:20:30 +0000
From: Sender <sender@example.org>
To: Ada <ada@example.test>, Grace <grace@example.test>
Message-ID: <{subject}@example.org>
Subject: {subject}
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="edge"

--edge
Content-Type: text/plain; charset=utf-8

Text of {subject}.
--edge
Content-Type: application/octet-stream; name="data.bin"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="data.bin"

AAECAwQFBgc=
--edge--
"""
    return text.replace("\n", "\r\n").encode()


def check(what, actual, expected):
    """Ends the run with both values, unless they are the same."""
    if actual != expected:
        raise SystemExit(f"FAILED {what}:\n  expected {expected!r}\n  but was  {actual!r}")
    print(f"ok {what}")


def check_that(what, holds, seen):
    """Ends the run with what was seen, unless it holds."""
    if not holds:
        raise SystemExit(f"FAILED {what}: {seen!r}")
    print(f"ok {what}")


def deliver(subject):
    """Delivers a message over LMTP."""
    with smtplib.LMTP("127.0.0.1", LMTP_PORT) as lmtp:
        lmtp.sendmail("sender@example.org", [ACCOUNT], message(subject))
