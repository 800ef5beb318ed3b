"""Short sessions with the examples, for faults.py. Of a server, each client gets all that is right, or its
connection is dropped; after one that was, the server serves the next, or has ended with a word."""
import os
import re
import select
import shutil
import signal
import socket
import struct
import threading
import time

import download
from faults import SECONDS, Lines
from server import check, serve_each

DATA = bytes(i * 7 % 251 for i in range(20000))


# Programs that end by themselves

def hello(faults, _):
    faults = faults("hello")

    def run():
        success, out = faults.end(faults.start())
        check(not success or out.endswith("6 greetings\n") and len(out.splitlines()) == 7,
              "%s at %s" % (out, faults.fault))
    faults.sweep(run)


def glib_host(faults, _):
    faults = faults("glib_host")

    def run():
        success, out = faults.end(faults.start())
        check(not success or len(out.splitlines()) == 7, "%s at %s" % (out, faults.fault))
    faults.sweep(run)


def port_scan(faults, _):
    faults = faults("port_scan")
    listener = socket.create_server(("127.0.7.9", 0))
    port = listener.getsockname()[1]

    def run():
        success, out = faults.end(faults.start("127.0.7.9", str(port - 1), str(min(port + 1, 65535))))
        check(not success or "%d open\n" % port in out, "%s at %s" % (out, faults.fault))
        while select.select([listener], [], [], 0)[0]:
            listener.accept()[0].close()
    faults.sweep(run)


def http_fetch(faults, folder):
    faults = faults("http_fetch")
    base = download.Test(faults.program, folder).base
    out = os.path.join(folder, "out")
    kinds = "whole", "chunked"

    def run():
        shutil.rmtree(out, ignore_errors=True)
        os.mkdir(out)
        success, words = faults.end(faults.start(out, *["%s%s/%s" % (base, kind, kind) for kind in kinds]))
        for kind in kinds:
            if success or faults.fault and words and "/%s: " % kind not in words:
                with open(os.path.join(out, kind), "rb") as file:
                    check(file.read() == download.content(kind), "%s differs at %s" % (kind, faults.fault))
    faults.sweep(run)


def resolve_names(faults, _):
    faults = faults("resolve_names")
    server = NameServer()

    def run():
        success, out = faults.end(faults.start("3", "127.0.0.1:%d" % server.port, stdin=-1),
                                  "".join("h%d.test\n" % i for i in range(4)))
        found = dict(line.split(": ", 1) for line in out.splitlines())
        check(not success or len(found) == 4, "%s at %s" % (out, faults.fault))
        for name, text in found.items():
            check(set(text.split()) <= {"192.0.2.7", "2001:db8::7"} if text[0] in "12" else not success,
                  "%s at %s" % (out, faults.fault))
    faults.sweep(run)


# Servers

def sweep_server(faults, words, session, kind=socket.SOCK_STREAM):
    """The session gets a way to connect and gives whether all went well."""
    def connect():
        s = socket.socket(socket.AF_INET, kind)
        s.settimeout(SECONDS)
        s.connect(("127.0.0.1", run.port))
        return s

    def attempt():
        try:
            return session(connect)
        except TimeoutError:
            check(False, "%s: the client waits for ever at %s" % (faults.name, faults.fault))
        except OSError:
            return False

    def run():
        server = faults.start(*words)
        line = Lines(server, server.stdout).next(faults)
        if line is not None:
            run.port = int(re.search(r"listening on port (\d+)", line).group(1))
            failures = 2 - attempt() - attempt()
            failures += failures and not attempt()
            server.send_signal(signal.SIGTERM)
            success, _ = faults.end(server)
            check(failures < 2 or not success, "%s serves no more at %s" % (faults.name, faults.fault))
        else:
            success, _ = faults.end(server)
            check(not success, "%s did not listen at %s" % (faults.name, faults.fault))
    faults.sweep(run)


def read_on(s, got=b""):
    while more := s.recv(65536):
        got += more
    return got


def receive(s, wanted):
    """Whether that came, and nothing else."""
    got = b""
    try:
        while len(got) < len(wanted) and (more := s.recv(65536)):
            got += more
    finally:
        check(wanted.startswith(got), "%r came for %r" % (got[-40:], wanted[-40:]))
    return got == wanted


def echo_once(s, data, behind=b""):
    s.sendall(data)
    s.shutdown(socket.SHUT_WR)
    return receive(s, data + behind) and s.recv(1) == b""


def echo_server(faults, _):
    def session(connect):
        with connect() as s:
            return echo_once(s, DATA)
    sweep_server(faults("echo_server"), ["0"], session)


def upstream():
    """The port of a server that sends everything back and says goodbye."""
    def serve(s):
        with s:
            try:
                s.sendall(read_on(s) + b"goodbye")
            except OSError:
                pass

    return serve_each(serve)


def proxy(faults, _):
    def session(connect):
        with connect() as s:
            return echo_once(s, DATA, b"goodbye")
    sweep_server(faults("proxy"), ["0", "127.0.0.1", str(upstream()), "20000"], session)


def socks_server(faults, _):
    port = upstream()

    def session(connect):
        with connect() as s:
            s.sendall(b"\5\1\0")
            if not receive(s, b"\5\0"):
                return False
            s.sendall(b"\5\1\0\1\x7f\0\0\1" + struct.pack(">H", port))
            code = s.recv(2)
            if code != b"\5\0":
                return False
            return receive(s, b"\0\1" + b"\0" * 6) and echo_once(s, DATA, b"goodbye")
    sweep_server(faults("socks_server"), ["0"], session)


def chat_server(faults, _):
    def lines_of(clients, count):
        """What the first hears, but who comes and leaves, until somebody is dropped."""
        heard = b""
        while True:
            lines = [line for line in heard.split(b"\n")[:-1] if b" has left" not in line]
            if len(lines) >= count:
                return lines
            ready = select.select(clients, [], [], SECONDS)[0]
            if not ready:
                raise TimeoutError
            for s in ready:
                more = s.recv(4096)
                if not more:
                    return lines
                if s is clients[0]:
                    heard += more

    def session(connect):
        with connect() as a, connect() as b:
            a.sendall(b"ann\n")
            # Who is heard has been let in.
            b.sendall(b"bob\n")
            if not lines_of([a, b], 1):
                b.sendall(b"")
            b.sendall(b"one\ntwo\n")
            lines = lines_of([a, b], 2)
            if len(lines) < 2:
                return False
            check(lines == [b"bob: one", b"bob: two"], "heard %r" % lines)
            return True
    sweep_server(faults("chat_server"), ["0"], session)


class NameServer:
    """Every name has the same two addresses."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            packet, who = self.socket.recvfrom(2000)
            end = packet.index(b"\0", 12) + 1
            kind = packet[end:end + 2]
            data = socket.inet_aton("192.0.2.7") if kind == b"\0\1" else socket.inet_pton(socket.AF_INET6, "2001:db8::7")
            answer = packet[:2] + b"\x85\x80\0\1\0\1\0\0\0\0" + packet[12:end + 4]
            self.socket.sendto(answer + b"\xc0\x0c" + kind + b"\0\1" + struct.pack(">IH", 0, len(data)) + data, who)


def dns_forwarder(faults, _):
    question = struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + b"\3one\4test\0\0\1\0\1"

    def session(connect):
        with connect() as s:
            end = time.monotonic() + SECONDS
            s.settimeout(1)
            while True:
                s.send(question)
                try:
                    answer = s.recv(2000)
                    break
                except TimeoutError:
                    if time.monotonic() > end:
                        raise
            check(answer[:2] == question[:2], "answer %r" % answer)
            return answer[3] & 15 == 0 and answer[-4:] == socket.inet_aton("192.0.2.7")
    sweep_server(faults("dns_forwarder"), ["0", "127.0.0.1", str(NameServer().port)], session, socket.SOCK_DGRAM)


def tail_log(faults, folder):
    faults = faults("tail_log")
    path = os.path.join(folder, "log")

    def append(text):
        with open(path, "a", encoding="ascii") as file:
            file.write(text)

    def steps():
        append("one\ntw")
        yield "one"
        append("o\n")
        yield "two"
        append("last")
        os.rename(path, path + ".1")
        append("first\n")
        yield "last"
        yield "first"

    def run():
        if os.path.exists(path):
            os.unlink(path)
        append("old\n")
        tail = faults.start(path)
        err = Lines(tail, tail.stderr)
        first = err.next(faults) or ""
        out = Lines(tail, tail.stdout)
        if first == "following 1 files":
            for wanted in steps():
                line = out.next(faults)
                if line is None:
                    break
                check(line == "log: " + wanted, "%s for %s at %s" % (line, wanted, faults.fault))
        else:
            line = None
        ended = line is None
        tail.send_signal(signal.SIGTERM)
        success, _ = faults.end(tail, complained="%s\n%s" % (first, err.rest.decode()))
        check(not ended or not success, "a line is lost at %s" % faults.fault)
    faults.sweep(run)
