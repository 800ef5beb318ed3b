"""reverse.py PROXY FOLDER: the reverse proxy between curl and nginx, and between clients and servers
that misbehave. FOLDER has certificates."""
import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

from nginx import Nginx
from server import Server, check, wait_until

program, folder = sys.argv[1:3]
CHAIN, KEY = os.path.join(folder, "server.crt"), os.path.join(folder, "server.key")


def proxy(servers, *options):
    return Server([program, *options, "0", CHAIN, KEY, *["127.0.0.1:%d" % port for port in servers]])


def curl(port, *options, path="/", status=0):
    done = subprocess.run(["curl", "--silent", "--show-error", "--max-time", "60", "--cacert",
                           os.path.join(folder, "ca.crt"), "--resolve", "server.test:%d:127.0.0.1" % port, *options,
                           *["https://server.test:%d%s" % (port, one) for one in path.split()]],
                          capture_output=True, check=False)
    check(done.returncode == status, "curl %s: %d %s" % (path, done.returncode, done.stderr))
    return done.stdout


def connect(port):
    context = ssl.create_default_context(cafile=os.path.join(folder, "ca.crt"))
    context.set_alpn_protocols(["http/1.1"])
    s = socket.create_connection(("127.0.0.1", port), timeout=30)
    return context.wrap_socket(s, server_hostname="server.test")


def ask(port, request):
    """All that comes until the end."""
    with connect(port) as s:
        s.sendall(request)
        return read_all(s)


def read_all(s):
    got = b""
    while data := s.recv(65536):
        got += data
    return got


def read_until(s, end):
    got = b""
    while end not in got:
        data = s.recv(65536)
        check(data, "ended after %r" % got[:500])
        got += data
    return got


class Upstream:
    """A server that does with each connection as it is told. Counts them, and keeps the heads."""

    def __init__(self, serve):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = self.listener.getsockname()[1]
        self.serve, self.heads = serve, []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            s = self.listener.accept()[0]
            threading.Thread(target=self.one, args=(s,), daemon=True).start()

    def one(self, s):
        with s:
            try:
                got = read_until(s, b"\r\n\r\n")
                head, _, rest = got.partition(b"\r\n\r\n")
                self.heads.append(head.decode("latin-1"))
                self.serve(s, head.decode("latin-1"), rest)
            except (OSError, SystemExit):
                pass


def body_of(s, head, rest):
    """The body of a request, however it comes."""
    if "Content-Length: " in head:
        length = int(head.split("Content-Length: ")[1].split("\r\n")[0])
        while len(rest) < length:
            rest += s.recv(65536)
        return rest
    body = b""
    while True:
        while b"\r\n" not in rest:
            rest += s.recv(65536)
        size, _, rest = rest.partition(b"\r\n")
        size = int(size, 16)
        while len(rest) < size + 2:
            rest += s.recv(65536)
        check(rest[size:size + 2] == b"\r\n", "no end of a chunk")
        if not size:
            return body
        body, rest = body + rest[:size], rest[size + 2:]


def echo(s, head, rest):
    body = body_of(s, head, rest)
    s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


def plainly(text):
    def serve(s, _head, _rest):
        s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(text) + text)
    return serve


LOCATIONS = """
        location /chunked/ { alias WWW/; ssi on; ssi_types *; }
        location /seen {
            return 200 "for=$http_x_forwarded_for proto=$http_x_forwarded_proto host=$http_host via=$http_via secret=$http_x_secret te=$http_te upgrade=$http_upgrade kept=$http_x_kept";
        }
        location /none { return 204; }
"""


def with_nginx(room):
    nginx = Nginx(room, LOCATIONS)
    data = os.urandom(5000000)
    with open(os.path.join(room, "www", "data"), "wb") as file:
        file.write(data)
    with open(os.path.join(room, "www", "empty"), "wb"):
        pass
    try:
        with proxy([nginx.port]) as server:
            check(curl(server.port, path="/data") == data, "the file has changed")
            check(curl(server.port, path="/chunked/data") == data, "the chunks have changed")
            check(curl(server.port, "--http1.0", path="/chunked/data") == data, "changed for HTTP/1.0")
            check(curl(server.port, path="/empty") == b"", "empty")
            seen = curl(server.port, "-H", "X-Forwarded-For: 6.6.6.6", "-H", "X-Secret: one", "-H", "TE: trailers",
                        "-H", "Connection: X-Secret, TE", "-H", "Upgrade: h2c", "-H", "X-Kept: kept", path="/seen").decode()
            check(seen == "for=127.0.0.1 proto=https host=server.test:%d via=1.1 reverse_proxy secret= te= upgrade= "
                  "kept=kept" % server.port, seen)
            # Several requests use one connection, those with no body among them.
            times = curl(server.port, "-w", "%{num_connects}%{http_code} ", "-o", os.devnull, "-o", os.devnull,
                         "-o", os.devnull, "-o", os.devnull, path="/seen /none /missing /empty").decode()
            check(times == "1200 0204 0404 0200 ", times)
            check(b"Content-Length: 5000000" in curl(server.port, "--head", path="/data"), "no length for HEAD")
            threads = [threading.Thread(target=lambda: check(curl(server.port, path="/data") == data, "one of many"))
                       for _ in range(8)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
            server.process.send_signal(signal.SIGTERM)
            lines = server.finish().splitlines()
            check(len(lines) == 18 and '127.0.0.1 "GET /data" 200 5000000 bytes' in lines[0], "\n".join(lines))
    finally:
        nginx.stop()
    print("nginx")


def bodies(room):
    upstream = Upstream(echo)
    sent = os.path.join(room, "sent")
    data = os.urandom(3000000)
    with open(sent, "wb") as file:
        file.write(data)
    with proxy([upstream.port]) as server:
        check(curl(server.port, "--data-binary", "@" + sent) == data, "by length")
        check(curl(server.port, "-H", "Transfer-Encoding: chunked", "--data-binary", "@" + sent) == data, "in chunks")
        check(curl(server.port, "-H", "Expect:", "--data-binary", "@" + sent) == data, "without asking")
        check(curl(server.port, "-H", "Expect: 100-continue", "--expect100-timeout", "50", "--data-binary", "abc") == b"abc",
              "waits for 100")
        check(all("Expect" not in head for head in upstream.heads), "Expect was passed on")
        # Two requests at once, and chunks with all that they may have.
        got = ask(server.port, b"POST /1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                  b"3;name=value\r\nabc\r\n0A\r\n0123456789\r\n0\r\nTrailer: dropped\r\n\r\n"
                  b"\r\nPOST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nxy")
        check(got.count(b"HTTP/1.1 200 OK") == 2 and b"abc0123456789HTTP" in got and got.endswith(b"\r\n\r\nxy"), got)
    print("bodies")


SMUGGLED = (
    b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde",
    b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    b"Content-Length: 5, 5\r\n\r\nabcde",
    b"Content-Length: +5\r\n\r\nabcde",
    b"Content-Length: 0x5\r\n\r\nabcde",
    b"Content-Length: 99999999999999999999\r\n\r\nabcde",
    b"Content-Length:\r\n\r\n",
    b"Content-Length : 5\r\n\r\nabcde",
    b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    b"Transfer-Encoding\r\n\r\n0\r\n\r\n",
    b"X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"X: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"X: \x00y\r\n\r\n",
    b"Host: second.test\r\n\r\n",
    b": empty\r\n\r\n",
)
BROKEN = (
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1 \r\nHost: x\r\n\r\n",
    b"GET /\xc3\xa4 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http://elsewhere/ HTTP/1.1\r\nHost: x\r\n\r\n",
    b"G{T / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"nonsense\r\n\r\n",
)
CHUNKS = (b"5 \r\nabcde\r\n0\r\n\r\n", b"-1\r\n", b"0x5\r\nabcde\r\n", b"5\nabcde\r\n0\r\n\r\n", b"5\r\nabcdeXX0\r\n\r\n",
          b"fffffffffffffffff\r\n", b"\r\n", b"5;a\nb\r\nabcde\r\n0\r\n\r\n", b"3\r\nabcd\r\n0\r\n\r\n")


def refusals():
    upstream = Upstream(plainly(b"reached"))
    with proxy([upstream.port]) as server:
        for rest in SMUGGLED:
            got = ask(server.port, b"POST / HTTP/1.1\r\nHost: server.test\r\n" + rest)
            check(got.startswith(b"HTTP/1.1 400 ") and got.count(b"HTTP/1.1") == 1, "%r: %r" % (rest, got))
        for request in BROKEN:
            got = ask(server.port, request)
            check(got.startswith(b"HTTP/1.1 400 ") or got.startswith(b"HTTP/1.1 505 "), "%r: %r" % (request, got))
        check(ask(server.port, b"GET / HTTP/2.0\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 505 "), "version")
        check(ask(server.port, b"GET / HTTP/1.1\r\nHost: x\r\nExpect: cake\r\n\r\n").startswith(b"HTTP/1.1 417 "), "Expect")
        check(ask(server.port, b"GET / HTTP/1.1\r\nHost: x\r\nX: " + 17000 * b"x").startswith(b"HTTP/1.1 431 "), "long")
        check(ask(server.port, b"GET / HTTP/1.1\r\nHost: x\r\n" + 101 * b"X: y\r\n" + b"\r\n").startswith(b"HTTP/1.1 400 "), "many")
        check(not upstream.heads, "the server was asked: %s" % upstream.heads)
        waiting = Upstream(echo)
        with proxy([waiting.port]) as other:
            for chunks in CHUNKS:
                got = ask(other.port, b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
                check(got.startswith(b"HTTP/1.1 400 "), "%r: %r" % (chunks, got))
        check(b"reached" in ask(server.port, b"GET / HTTP/1.0\r\n\r\n"), "not reached")
    print("%d requests refused" % (len(SMUGGLED) + len(BROKEN) + len(CHUNKS) + 4))


def servers_that_fail():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        dead = unused.getsockname()[1]
        one, two = Upstream(plainly(b"one")), Upstream(plainly(b"two"))
        with proxy([one.port, dead, two.port]) as server:
            got = [curl(server.port) for _ in range(6)]
            check(sorted(got) == 3 * [b"one"] + 3 * [b"two"] or sorted(got) == 2 * [b"one"] + 4 * [b"two"], got)
        with proxy([dead]) as server:
            check(b"HTTP/1.1 502 Bad Gateway" in curl(server.port, "-i"), "no 502")
    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    answers = (b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
               b"HTTP/1.1 20 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + 20000 * b"x", b"HTTP/1.1 101 Switching\r\n\r\n",
               b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n")
    for text in answers:
        with proxy([Upstream(lambda s, _head, _rest, text=text: s.sendall(text)).port]) as server:
            got = ask(server.port, request)
            check(got.startswith(b"HTTP/1.1 502 "), "%r: %r" % (text, got))
    with proxy([Upstream(lambda s, _head, _rest: time.sleep(20)).port], "-t", "500") as server:
        check(ask(server.port, request).startswith(b"HTTP/1.1 504 "), "no 504")
        # Clients that are too slow.
        check(ask(server.port, b"") == b"", "an answer to nothing")
        check(ask(server.port, b"GET /").startswith(b"HTTP/1.1 408 "), "slow head")
        check(ask(server.port, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabc").startswith(b"HTTP/1.1 408 "),
              "slow body")
    # Cut answers are not completed.
    for text in (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"):
        with proxy([Upstream(lambda s, _head, _rest, text=text: s.sendall(text)).port]) as server:
            got = curl(server.port, status=18)
            check(got == b"abc", got)
    # Answers that come before others, to the end, and before the body of the request has come.
    early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\nto the end"
    with proxy([Upstream(lambda s, _head, _rest: s.sendall(early)).port]) as server:
        check(curl(server.port, "-w", "%{http_code}") == b"to the end200", "early hints")

    def refuse(s, _head, _rest):
        s.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nno\n")
        s.shutdown(socket.SHUT_WR)
        time.sleep(1)
    with proxy([Upstream(refuse).port]) as server:
        with connect(server.port) as s:
            s.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n")
            check(read_all(s).startswith(b"HTTP/1.1 413 "), "no 413")
    print("servers that fail")


def limits():
    release = threading.Event()

    def slowly(s, _head, _rest):
        s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha")
        release.wait(30)
        s.sendall(b"lf")

    upstream = Upstream(slowly)
    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    with proxy([upstream.port], "-c", "2") as server:
        one, two = connect(server.port), connect(server.port)
        third = []
        thread = threading.Thread(target=lambda: third.append(ask(server.port, request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))))
        thread.start()
        time.sleep(0.5)
        check(not third and len(upstream.heads) == 0, "more than the limit")
        two.close()
        wait_until(lambda: len(upstream.heads) == 1, 20, "the third does not get in")
        # Shutting down: a request that has begun ends, an idle connection is closed.
        one.sendall(request)
        check(b"\r\n\r\nha" in read_until(one, b"ha"), "no half")
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        check(server.process.poll() is None, "ended too early")
        with socket.socket() as s:
            check(s.connect_ex(("127.0.0.1", server.port)) != 0, "still listening")
        release.set()
        check(read_all(one) == b"lf", "cut by the shutdown")
        thread.join()
        check(third[0].endswith(b"half"), third)
        server.finish()
    with proxy([upstream.port]) as server:
        idle = connect(server.port)
        idle.sendall(request)
        read_until(idle, b"half")
        server.process.send_signal(signal.SIGTERM)
        check(idle.recv(10) == b"", "no end")
        server.finish()
    print("limits and shutdown")


def backpressure():
    """Clients that do not read, servers that do not: nothing piles up."""
    sent = [0]

    def pour(s, _head, _rest):
        s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            sent[0] += s.send(bytes(65536))

    with proxy([Upstream(pour).port], "-t", "3000") as server:
        before = server.memory_kib()
        slow = [connect(server.port) for _ in range(5)]
        for s in slow:
            s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(1.5)
        grown = server.memory_kib() - before
        check(grown < 20000, "%d KiB more" % grown)
        check(sent[0] < 300000000, "%d bytes were read ahead" % sent[0])
        # Those who never read are left in the end.
        def left():
            return server.descriptors() <= 12
        wait_until(left, 20, "still %d descriptors" % server.descriptors())
        for s in slow:
            s.close()
    print("backpressure")


with tempfile.TemporaryDirectory() as room:
    with_nginx(room)
    bodies(room)
refusals()
servers_that_fail()
limits()
backpressure()
