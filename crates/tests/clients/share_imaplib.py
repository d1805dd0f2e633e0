"""Two users with Python's imaplib: one shares a mailbox, the other reads it."""

import imaplib
import os

from common import ACCOUNT, IMAPS_PORT, PASSWORD, TLS, check, check_that, message

FRIEND = os.environ["SECOND_ACCOUNT"]


def login(name):
    imap = imaplib.IMAP4_SSL("localhost", IMAPS_PORT, ssl_context=TLS)
    imap.login(name, PASSWORD)
    return imap


def ok(what, reply):
    kind, data = reply
    check(what, kind, "OK")
    return data


owner, friend = login(ACCOUNT), login(FRIEND)
shared = f'"Other Users/{ACCOUNT}/INBOX"'
ok("APPEND", owner.append("INBOX", None, None, message("shared")))
check("hidden", friend.select(shared)[0], "NO")
# Without a right to change what all share, imaplib takes READ-ONLY (RFC 4314 section 5.2) for an error.
ok("SETACL", owner.setacl("INBOX", FRIEND, "lrsi"))
acl = ok("GETACL", owner.getacl("INBOX"))[0].decode()
check_that("the list has both", f"{FRIEND} lrsi" in acl and ACCOUNT in acl, acl)
rights = ok("MYRIGHTS", friend.myrights(shared))[0].decode()
check_that("the friend's rights", rights.endswith(" lrsi"), rights)
check("SELECT", ok("SELECT", friend.select(shared)), [b"1"])
ok("FETCH", friend.fetch("1", "(BODY[])"))
check("seen by the friend", ok("SEARCH", friend.search(None, "SEEN")), [b"1"])
ok("SELECT", owner.select("INBOX"))
check("and not by the owner", ok("SEARCH", owner.search(None, "SEEN")), [b""])
check("no right to delete", friend.store("1", "+FLAGS", r"(\Deleted)")[0], "NO")
ok("COPY", friend.copy("1", "INBOX"))
ok("DELETEACL", owner.deleteacl("INBOX", FRIEND))
owner.logout()
