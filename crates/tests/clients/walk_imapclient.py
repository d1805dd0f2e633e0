"""imapclient: parsed envelopes and structures, and IDLE with two connections."""

from datetime import datetime, timezone

from imapclient import IMAPClient

from common import ACCOUNT, IMAPS_PORT, PASSWORD, TLS, check, check_that, deliver, message


def connect():
    client = IMAPClient("localhost", port=IMAPS_PORT, ssl_context=TLS, timeout=60)
    client.login(ACCOUNT, PASSWORD)
    return client


def envelope(client):
    fetched = client.fetch([1], ["ENVELOPE", "BODYSTRUCTURE", "INTERNALDATE", "RFC822.SIZE"])[1]
    seen = fetched[b"ENVELOPE"]
    check("subject", seen.subject, b"first")
    check("message-id", seen.message_id, b"<first@example.org>")
    check("from", [str(one) for one in seen.from_], ["Sender <sender@example.org>"])
    check("reply-to is from", seen.reply_to, seen.from_)
    check("to", [one.mailbox for one in seen.to], [b"ada", b"grace"])
    check("cc", seen.cc, None)
    check("size", fetched[b"RFC822.SIZE"], len(message("first")))
    date = fetched[b"INTERNALDATE"].astimezone(timezone.utc)
    check("internal date", date, datetime(2026, 3, 4, 5, 6, 7, tzinfo=timezone.utc))
    structure(fetched[b"BODYSTRUCTURE"])


def structure(body):
    check("is multipart", body.is_multipart, True)
    text, data = body[0]
    check("text part", text[:3], (b"text", b"plain", (b"charset", b"utf-8")))
    # `Text of first.` without the CRLF before the boundary: 14 octets, and RFC 9051 counts lines.
    check("text size", text[6], len("Text of first."))
    check("data part", data[:3], (b"application", b"octet-stream", (b"name", b"data.bin")))
    check("encoding", data[5].lower(), b"base64")
    check("data size", data[6], len("AAECAwQFBgc="))
    check("disposition", data[8], (b"attachment", (b"filename", b"data.bin")))
    check("subtype", body[1], b"mixed")


def idle(client, other):
    client.idle()
    other.append("INBOX", message("second"))
    wait_for(client, (2, b"EXISTS"))
    deliver("third")
    wait_for(client, (3, b"EXISTS"))
    other.select_folder("INBOX")
    other.add_flags([1], [rb"\Flagged"])
    wait_for(client, (1, b"FETCH"))
    other.delete_messages([2])
    other.expunge()
    wait_for(client, (2, b"EXPUNGE"))
    text, _ = client.idle_done()
    check_that("IDLE ends", b"dle" in text or text, text)
    check("uids", client.search(), [1, 3])


def wait_for(client, event):
    """Reads until the event is there; the socket's timeout ends a wait in vain."""
    seen = []
    while event not in [one[:2] for one in seen]:
        arrived = client.idle_check(timeout=60)
        check_that(f"{event} arrives", arrived, seen)
        seen.extend(arrived)


def folders(client):
    client.create_folder("Entwürfe & mehr")
    names = [name for _, _, name in client.list_folders()]
    check_that("a name outside ASCII", "Entwürfe & mehr" in names, names)
    check("STATUS", client.folder_status("Entwürfe & mehr", ["MESSAGES"]), {b"MESSAGES": 0})
    client.rename_folder("Entwürfe & mehr", "草稿")
    check("exists", client.folder_exists("草稿"), True)
    client.delete_folder("草稿")
    check("exists", client.folder_exists("草稿"), False)


def main():
    client, other = connect(), connect()
    when = datetime(2026, 3, 4, 5, 6, 7, tzinfo=timezone.utc)
    client.append("INBOX", message("first"), flags=(), msg_time=when)
    check("SELECT", client.select_folder("INBOX")[b"EXISTS"], 1)
    envelope(client)
    idle(client, other)
    client.move([3], ensure(client, "Archive"))
    check("after MOVE", client.search(), [1])
    check("flags", client.get_flags([1])[1], (rb"\Flagged",) + recent(client))
    folders(client)
    client.logout()
    other.logout()


def ensure(client, name):
    if not client.folder_exists(name):
        client.create_folder(name)
    return name


def recent(client):
    """\\Recent belongs to IMAP4rev1 alone and to one session: it may be there."""
    return tuple(flag for flag in client.get_flags([1])[1] if flag == rb"\Recent")


main()
