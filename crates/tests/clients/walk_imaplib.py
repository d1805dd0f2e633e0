"""Python's imaplib, from login to logout, command by command."""

import imaplib
import re
import time
from datetime import datetime, timezone

from common import ACCOUNT, IMAPS_PORT, PASSWORD, TLS, check, check_that, deliver, message


def numbers(data):
    return [int(number) for number in (data[0] or b"").split()]


def ok(what, reply):
    """The data of a reply, which must be OK."""
    kind, data = reply
    check(what, kind, "OK")
    return data


def names(data):
    """The names in LIST replies with the delimiter `/`."""
    found = [re.fullmatch(rb'\((.*?)\) "/" "?(.*?)"?', line) for line in data if line]
    return sorted(match.group(2).decode() for match in found)


def refusals():
    imap = imaplib.IMAP4_SSL("localhost", IMAPS_PORT, ssl_context=TLS)
    try:
        imap.login(ACCOUNT, '"wrong"')
    except imaplib.IMAP4.error as error:
        print("ok a wrong password is refused:", error)
    else:
        raise SystemExit("FAILED: a wrong password opened the account")
    imap.shutdown()
    imap = imaplib.IMAP4_SSL("localhost", IMAPS_PORT, ssl_context=TLS)
    imap.authenticate("PLAIN", lambda _: f"\0{ACCOUNT}\0{PASSWORD}".encode())
    check("AUTHENTICATE PLAIN", imap.state, "AUTH")
    imap.logout()


def mailboxes(imap):
    # A server may give an account some, such as `Sent`.
    given = names(ok("LIST", imap.list()))
    for name in ("Work", "Work/2026", "Old"):
        ok(f"CREATE {name}", imap.create(name))
    check("CREATE twice", imap.create("Work")[0], "NO")
    ok("RENAME", imap.rename("Old", "Older"))
    listed = names(ok("LIST", imap.list()))
    check("LIST", listed, sorted(given + ["Older", "Work", "Work/2026"]))
    top = names(ok("LIST %", imap.list('""', "%")))
    check("LIST %", top, sorted(given + ["Older", "Work"]))
    for name in ("Work", "Older"):
        ok(f"SUBSCRIBE {name}", imap.subscribe(name))
    ok("UNSUBSCRIBE", imap.unsubscribe("Older"))
    subscribed = names(ok("LSUB", imap.lsub()))
    check_that("LSUB", "Work" in subscribed and "Older" not in subscribed, subscribed)
    ok("DELETE", imap.delete("Older"))
    check("DELETE of what is not there", imap.delete("Older")[0], "NO")
    check("SELECT of what is not there", imap.select("Older")[0], "NO")
    space = ok("NAMESPACE", imap.namespace())[0]
    check("NAMESPACE", space.startswith(b'(("" "/")'), True)


def messages(imap):
    when = '"03-Mar-2026 10:20:30 +0000"'
    for subject in ("one", "two", "three", "four"):
        ok(f"APPEND {subject}", imap.append("INBOX", r"(\Draft)", when, message(subject)))
    check("APPEND to what is not there", imap.append("None", "", when, message("x"))[0], "NO")
    status = ok("STATUS", imap.status("INBOX", "(MESSAGES UIDNEXT UNSEEN)"))[0]
    check_that("STATUS", status.endswith(b"(MESSAGES 4 UIDNEXT 5 UNSEEN 4)"), status)
    check("SELECT", ok("SELECT", imap.select("INBOX")), [b"4"])
    data = ok("FETCH", imap.fetch("2", "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])"))
    check("BODY[]", data[0][1], message("two"))
    line = data[0][0]
    for part in (b"UID 2", rb"\Draft", b"RFC822.SIZE %d" % len(message("two"))):
        check_that(f"FETCH {part}", part in line, line)
    date = time.mktime(imaplib.Internaldate2tuple(line))
    check("INTERNALDATE", date, datetime(2026, 3, 3, 10, 20, 30, tzinfo=timezone.utc).timestamp())
    data = ok("FETCH partial", imap.fetch("1", "(BODY.PEEK[1]<5.2>)"))
    check("BODY[1]<5.2>", data[0][1], b"of")
    data = ok("FETCH header", imap.fetch("1", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])"))
    check("HEADER.FIELDS", data[0][1], b"Subject: one\r\n\r\n")


def flags(imap):
    data = ok("STORE", imap.store("1:2", "+FLAGS", r"(\Seen $Keyword)"))
    check("STORE", len(data), 2)
    check("SEARCH SEEN", numbers(ok("SEARCH", imap.search(None, "SEEN"))), [1, 2])
    check("SEARCH KEYWORD", numbers(ok("SEARCH", imap.search(None, "KEYWORD", "$Keyword"))), [1, 2])
    found = imap.search("UTF-8", "NOT", "SEEN", "OR", "SUBJECT", '"three"', "TEXT", '"four"')
    check("SEARCH OR", numbers(ok("SEARCH", found)), [3, 4])
    found = imap.uid("SEARCH", None, "SENTSINCE", "1-Mar-2026", "LARGER", "10")
    check("UID SEARCH", numbers(ok("UID SEARCH", found)), [1, 2, 3, 4])
    ok("STORE -FLAGS", imap.store("2", "-FLAGS.SILENT", r"(\Seen)"))
    check("SEARCH UNSEEN", numbers(ok("SEARCH", imap.search(None, "UNSEEN"))), [2, 3, 4])


def moves(imap):
    ok("COPY", imap.copy("1", "Work"))
    ok("UID COPY", imap.uid("COPY", "2", "Work"))
    check("COPY to what is not there", imap.copy("1", "None")[0], "NO")
    ok("MOVE", imap.uid("MOVE", "4", "Work/2026"))
    check("MOVE expunges", imap.response("EXPUNGE")[1], [b"4"])
    check("after MOVE", numbers(ok("SEARCH", imap.search(None, "ALL"))), [1, 2, 3])
    ok("UID of nothing", imap.uid("STORE", "4711", "+FLAGS", r"(\Seen)"))
    ok("STORE", imap.store("2", "+FLAGS", r"(\Deleted)"))
    check("EXPUNGE", ok("EXPUNGE", imap.expunge()), [b"2"])
    ok("STORE", imap.store("2", "+FLAGS", r"(\Deleted)"))
    ok("UID EXPUNGE of others", imap.uid("EXPUNGE", "1"))
    check("after it", numbers(ok("SEARCH", imap.search(None, "ALL"))), [1, 2])
    ok("UNSELECT", imap.unselect())
    check("SELECT", ok("SELECT", imap.select("INBOX")), [b"2"])
    ok("CLOSE", imap.close())
    check("after CLOSE", ok("EXAMINE", imap.select("INBOX", readonly=True)), [b"1"])
    check("Work", ok("EXAMINE", imap.select("Work", readonly=True)), [b"2"])
    check("Work/2026", ok("EXAMINE", imap.select("Work/2026", readonly=True)), [b"1"])


def idle(imap):
    """imaplib of this version has no IDLE, so it is sent by hand."""
    ok("SELECT", imap.select("INBOX"))
    tag = imap._new_tag()
    imap.send(tag + b" IDLE\r\n")
    line = imap.readline()
    check_that("IDLE", line.startswith(b"+"), line)
    deliver("pushed")
    while line != b"* 2 EXISTS\r\n":
        line = imap.readline()
        check_that("IDLE goes on", line.startswith(b"* "), line)
    imap.send(b"DONE\r\n")
    while not line.startswith(tag):
        line = imap.readline()
    check_that("DONE", line.startswith(tag + b" OK"), line)
    data = ok("FETCH", imap.fetch("2", "(BODY.PEEK[TEXT])"))
    check_that("delivered text", b"Text of pushed." in data[0][1], data)


def main():
    refusals()
    imap = imaplib.IMAP4_SSL("localhost", IMAPS_PORT, ssl_context=TLS)
    capabilities = imap.capabilities
    for wanted in ("IMAP4REV1", "IDLE", "MOVE", "UIDPLUS", "UNSELECT", "NAMESPACE"):
        check_that(f"capability {wanted}", wanted in capability(imap), capabilities)
    ok("NOOP", imap.noop())
    mailboxes(imap)
    messages(imap)
    flags(imap)
    moves(imap)
    idle(imap)
    quota(imap)
    ok("CHECK", imap.check())
    check("LOGOUT", imap.logout()[0], "BYE")


def quota(imap):
    roots, quotas = ok("GETQUOTAROOT", imap.getquotaroot("INBOX"))
    check("quota root", roots, [b"INBOX " + ACCOUNT.encode()])
    check_that("MESSAGE in the quota", b"(MESSAGE " in quotas[0], quotas)
    check("GETQUOTA", ok("GETQUOTA", imap.getquota(ACCOUNT)), quotas)
    refused = imap.setquota(ACCOUNT, "(STORAGE 512)")
    check("SETQUOTA by a user", refused[0], "NO")


def capability(imap):
    """The capabilities after login; imaplib keeps those from before."""
    if imap.state == "NONAUTH":
        imap.login(ACCOUNT, PASSWORD)
    return ok("CAPABILITY", imap.capability())[0].decode().upper().split()


main()
