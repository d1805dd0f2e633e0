"""COMPRESS=DEFLATE (RFC 4978) with zlib itself as the client."""

import os
import random
import socket
import zlib

from common import ACCOUNT, IMAPS_PORT, PASSWORD, TLS, check, check_that, deliver


class Client:
    """A connection; what it sends and receives is compressed once `compress` was called."""

    def __init__(self, login=True):
        raw = socket.create_connection(("127.0.0.1", IMAPS_PORT))
        self.socket = TLS.wrap_socket(raw, server_hostname="localhost")
        self.inflate = self.deflate = None
        self.buffer = b""
        self.received = 0
        self.line()
        if login:
            self.ok(f'LOGIN {ACCOUNT} "{PASSWORD}"')

    def compress(self):
        self.ok("COMPRESS DEFLATE")
        # Negative window bits: no zlib header.
        self.inflate = zlib.decompressobj(-15)
        self.deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        return self

    def send(self, octets, flush=zlib.Z_SYNC_FLUSH):
        if self.deflate:
            octets = self.deflate.compress(octets) + self.deflate.flush(flush)
        self.socket.sendall(octets)

    def more(self):
        octets = self.socket.recv(65536)
        self.received += len(octets)
        if self.inflate:
            self.buffer += self.inflate.decompress(octets)
            # What follows the end of the server's stream is plain.
            if self.inflate.eof:
                self.buffer += self.inflate.unused_data
                self.inflate = None
        else:
            self.buffer += octets
        return bool(octets)

    def line(self):
        """The next line; empty when the server has closed."""
        while b"\n" not in self.buffer:
            if not self.more():
                return b""
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line + b"\n"

    def replies(self, tag):
        lines = []
        while True:
            line = self.line()
            lines.append(line)
            if not line or line.startswith(tag.encode() + b" "):
                return lines

    def command(self, text, tag="a"):
        self.send(f"{tag} {text}\r\n".encode())
        return self.replies(tag)

    def ok(self, text):
        lines = self.command(text)
        check_that(text.split()[0], lines[-1].startswith(b"a OK"), lines[-1])
        return lines

    def closed(self):
        """Whether the server ends the connection, saying BYE or not."""
        try:
            while self.more():
                pass
            return True
        except (ConnectionError, zlib.error):
            return True


def refusals():
    client = Client(login=False)
    greeting = client.command("CAPABILITY")
    check("not announced before login", b"COMPRESS" in greeting[0], False)
    check_that("not before login", client.command("COMPRESS DEFLATE")[-1][:5] == b"a BAD", client)
    client.ok(f'LOGIN {ACCOUNT} "{PASSWORD}"')
    check_that("announced", b" COMPRESS=DEFLATE" in client.ok("CAPABILITY")[0], client)
    for wrong in ["COMPRESS", "COMPRESS LZW", "COMPRESS DEFLATE 9"]:
        check_that(wrong, client.command(wrong)[-1].startswith(b"a BAD"), wrong)
    # RFC 4978 section 3: the client MUST NOT send before it has seen the result.
    client.send(b"a COMPRESS DEFLATE\r\nb NOOP\r\n")
    lines = client.replies("b")
    check_that("pipelined", lines[0].startswith(b"a BAD") and lines[1].startswith(b"b OK"), lines)
    client.compress()
    second = client.command("COMPRESS DEFLATE")[-1]
    check_that("a second", second.startswith(b"a NO [COMPRESSIONACTIVE]"), second)
    client.ok("NOOP")


def work():
    client = Client().compress()
    client.ok("CREATE compressed")
    text = b"Subject: compressed\r\n\r\n" + b"The same line again and again.\r\n" * 20_000
    client.send(b"a APPEND compressed {%d}\r\n" % len(text))
    check_that("continuation", client.line().startswith(b"+ "), "")
    client.send(text + b"\r\n")
    check_that("APPEND", client.replies("a")[-1].startswith(b"a OK"), "")
    client.ok("SELECT compressed")
    before = client.received
    lines = client.command("FETCH 1 BODY.PEEK[]")
    fetched = b"".join(lines[1:-1])
    check("the message", fetched[: len(text)] == text, True)
    spent = client.received - before
    check_that("it took few octets", spent < len(text) / 20, spent)
    # Each flush of the client's is enough, also amid a command, and also with the full one.
    client.send(b"a NO")
    client.send(b"OP\r\n", zlib.Z_FULL_FLUSH)
    check_that("in two pieces", client.replies("a")[-1].startswith(b"a OK"), "")
    client.send(b"a NOOP\r\nb NOOP\r\nc CHECK\r\n")
    check("pipelined", [line[:4] for line in client.replies("c")], [b"a OK", b"b OK", b"c OK"])
    client.send(b"i IDLE\r\n")
    check_that("idling", client.line().startswith(b"+ "), "")
    client.send(b"DONE\r\n")
    check_that("IDLE", client.replies("i")[-1].startswith(b"i OK"), "")
    client.ok("SELECT INBOX")
    client.send(b"i IDLE\r\n")
    client.line()
    deliver("while compressed and idle")
    check_that("news in IDLE", b" EXISTS" in client.line(), "")
    client.send(b"DONE\r\n")
    client.replies("i")
    check_that("LOGOUT", client.command("LOGOUT")[0].startswith(b"* BYE"), "")
    check("closed", client.line(), b"")


def unauthenticate():
    # RFC 8437 section 4.1: compression ends on both sides, with the stream or with a flush.
    for flush in [zlib.Z_SYNC_FLUSH, zlib.Z_FINISH]:
        client = Client().compress()
        client.send(b"a UNAUTHENTICATE\r\n", flush)
        check_that("UNAUTHENTICATE", client.line().startswith(b"a OK"), flush)
        check("the server's stream has ended", client.inflate, None)
        client.deflate = None
        check_that("signed out", client.command("SELECT INBOX")[-1].startswith(b"a BAD"), flush)
        client.ok(f'LOGIN {ACCOUNT} "{PASSWORD}"')
        client.compress().ok("NOOP")
    # A stream that has ended tells where plain text begins.
    client = Client().compress()
    last = client.deflate.compress(b"a UNAUTHENTICATE\r\n") + client.deflate.flush(zlib.Z_FINISH)
    client.socket.sendall(last + b"b NOOP\r\n")
    check_that("UNAUTHENTICATE", client.line().startswith(b"a OK"), "")
    check_that("pipelined", client.line().startswith(b"b OK"), "")
    # A flush does not.
    client = Client().compress()
    last = client.deflate.compress(b"a UNAUTHENTICATE\r\n") + client.deflate.flush(zlib.Z_SYNC_FLUSH)
    client.socket.sendall(last + b"b NOOP\r\n")
    check_that("BYE", client.line().startswith(b"* BYE"), "")


def limits():
    # The line is counted as inflated: it is over in less than a hundred octets.
    client = Client().compress()
    client.send(b"a NOOP " + b"x" * 100_000 + b"\r\nb NOOP\r\n")
    lines = client.replies("b")
    check_that("a long line", lines[0].startswith(b"a NO"), lines)
    check_that("goes on", lines[-1].startswith(b"b OK"), lines)
    # And so is a literal that the server refuses to read past.
    client = Client().compress()
    client.send(b"a APPEND INBOX {400000000+}\r\n")
    check_that("a large literal", client.line().startswith(b"a NO"), "")
    check("ends", client.closed(), True)
    # A GiB in a MiB, without a line end.
    client = Client().compress()
    try:
        for _ in range(256):
            client.send(b"x" * (4 << 20))
    except OSError:
        pass
    check("a bomb ends the connection", client.closed(), True)
    # Many commands in few octets are answered like any others.
    client = Client().compress()
    count = 20_000
    client.send(b"n NOOP\r\n" * (count - 1) + b"z NOOP\r\n")
    check("many commands", len(client.replies("z")), count)


def damage():
    for name, octets in [
        ("plain text", b"a NOOP\r\n"),
        ("a zlib header", zlib.compress(b"a NOOP\r\n")),
        ("a reserved block type", b"\x06"),
        ("the end of the stream", b"\x03\x00"),
        ("a distance too far back", zlib.compressobj(9, 8, -15, zdict=b"a NOOP\r\n").flush()),
    ]:
        client = Client().compress()
        client.socket.sendall(octets)
        client.socket.shutdown(socket.SHUT_WR)
        check(name, client.closed(), True)
    seed = int(os.environ.get("SEED", "4978"))
    chance = random.Random(seed)
    whole = b"".join(b"t%d NOOP\r\n" % n for n in range(100))
    for _ in range(100):
        client = Client().compress()
        deflate = zlib.compressobj(chance.randint(0, 9), 8, -15)
        octets = bytearray(deflate.compress(whole) + deflate.flush(zlib.Z_SYNC_FLUSH))
        for _ in range(chance.randint(1, 4)):
            octets[chance.randrange(len(octets))] = chance.randrange(256)
        client.socket.sendall(octets[: chance.randrange(len(octets)) + 1])
        client.socket.shutdown(socket.SHUT_WR)
        if not client.closed():
            raise SystemExit(f"FAILED damaged stream, seed {seed}")
    Client().compress().ok("NOOP")


def main():
    refusals()
    work()
    unauthenticate()
    limits()
    damage()


main()
