"""download.py DOWNLOADER: downloads from a server that is slow, cuts connections and changes files."""
import collections
import fcntl
import hashlib
import http.server
import os
import pty
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

from server import check, wait_until

SIZE = 400000


def content(name, version=1):
    """Bytes that can be told from those of every other name and version."""
    seed = hashlib.sha256(("%s %d" % (name, version)).encode()).digest()
    return b"".join(hashlib.sha256(seed + struct.pack("<I", i)).digest() for i in range(SIZE // 32))


class State:
    """What the server has seen and been told."""

    def __init__(self):
        self.lock = threading.Lock()
        self.requests = collections.Counter()
        self.ranges = collections.defaultdict(list)
        self.active = self.most_active = 0
        self.rate = 100000


state = State()


class Handler(http.server.BaseHTTPRequestHandler):
    """The first part of the path says how the file is sent."""
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        with state.lock:
            state.active += 1
            state.most_active = max(state.active, state.most_active)
            state.requests[self.path] += 1
            self.number = state.requests[self.path]
            state.ranges[self.path].append(self.headers.get("Range"))
        try:
            getattr(self, "send_" + self.path.split("/")[1])(self.path.split("/")[-1])
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with state.lock:
                state.active -= 1

    def start(self, body, version=1, ranges=True, tag=True):
        """The head of the answer. Gives what is to be sent."""
        name = '"v%d"' % version
        found = re.match(r"bytes=(\d+)-$", self.headers.get("Range", ""))
        if ranges and found and self.headers.get("If-Range") == name:
            first = int(found.group(1))
            if first >= len(body):
                self.send_response(416)
                self.send_header("Content-Range", "bytes */%d" % len(body))
                body = b""
            else:
                self.send_response(206)
                self.send_header("Content-Range", "bytes %d-%d/%d" % (first, len(body) - 1, len(body)))
                body = body[first:]
        else:
            self.send_response(200)
        if tag:
            self.send_header("ETag", name)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return body

    def cut(self, data):
        self.wfile.write(data)
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def send_whole(self, name):
        self.wfile.write(self.start(content(name)))

    def send_empty(self, _):
        self.start(b"")

    def send_cut(self, name):
        body = self.start(content(name))
        if len(body) > 150000:
            self.cut(body[:150000])
        else:
            self.wfile.write(body)

    def send_reset(self, name):
        body = self.start(content(name))
        if self.number == 1:
            self.wfile.write(body[:100000])
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
        else:
            self.wfile.write(body)

    def send_changes(self, name):
        body = self.start(content(name, self.number), self.number)
        if self.number == 1:
            self.cut(body[:150000])
        else:
            self.wfile.write(body)

    def send_norange(self, name):
        body = self.start(content(name), ranges=False)
        self.cut(body[:150000]) if self.number == 1 else self.wfile.write(body)

    def send_untagged(self, name):
        body = self.start(content(name, self.number), tag=False)
        self.cut(body[:150000]) if self.number == 1 else self.wfile.write(body)

    def send_chunked(self, name):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        body = content(name)
        for i in range(0, len(body), 50000):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(body[i:i + 50000]), body[i:i + 50000]))
        self.wfile.write(b"0\r\n\r\n")

    def send_busy(self, name):
        if self.number <= 2:
            self.send_response(503)
            if self.number == 1:
                self.send_header("Retry-After", "1")
            self.send_header("Content-Length", "6")
            self.end_headers()
            self.wfile.write(b"later\n")
        else:
            self.send_whole(name)

    def send_stall(self, name):
        body = self.start(content(name))
        if self.number == 1:
            self.wfile.write(body[:100000])
            self.wfile.flush()
            time.sleep(6)
            self.close_connection = True
        else:
            self.wfile.write(body)

    def send_never(self, name):
        self.wfile.write(self.start(content(name))[:1000])
        self.wfile.flush()
        time.sleep(6)
        self.close_connection = True

    def send_slow(self, name):
        body = self.start(content(name))
        for i in range(0, len(body), 5000):
            self.wfile.write(body[i:i + 5000])
            self.wfile.flush()
            time.sleep(5000 / state.rate)

    def send_moved(self, name):
        self.send_response(302)
        self.send_header("Location", "/whole/" + name)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def send_missing(self, _):
        self.send_error(404)


class Test:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None
        self.base = "http://127.0.0.1:%d/" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def command(self, *words):
        return [self.program, "-d", self.folder, "-w", "20"] + \
            [self.base + word if re.match(r"[a-z]+/", word) else word for word in words]

    def run(self, status, *words):
        """What it prints to a file, where writing takes its time, and to standard error."""
        with tempfile.TemporaryFile("w+") as file:
            done = subprocess.run(self.command(*words), stdout=file, stderr=subprocess.PIPE, text=True, timeout=60,
                                  check=False)
            file.seek(0)
            out = file.read()
        check(done.returncode == status, "%s: status %d\n%s%s" % (words, done.returncode, out, done.stderr))
        return out, done.stderr

    def expect(self, name, version=1, expected=None):
        with open(os.path.join(self.folder, name), "rb") as file:
            check(file.read() == (content(name, version) if expected is None else expected), name + " differs")
        for rest in (".part", ".tag"):
            check(not os.path.exists(os.path.join(self.folder, name + rest)), name + rest + " is left")

    def requests(self, path):
        return state.requests["/" + path]


def kinds(test):
    names = ["whole/%d" % i for i in range(12)]
    out, err = test.run(0, "-j", "3", "empty/empty", "chunked/chunked", "moved/moved", *names)
    check(not err and len(out.splitlines()) == 15, out + err)
    for name in names + ["chunked/chunked", "moved/moved"]:
        test.expect(name.split("/")[1])
    test.expect("empty", expected=b"")
    check(2 <= state.most_active <= 3, "%d at a time" % state.most_active)
    before = test.requests("whole/1")
    out, _ = test.run(0, "whole/1")
    check("is there already" in out and test.requests("whole/1") == before, out)
    print("all kinds, three at a time")


def failures(test):
    out, _ = test.run(0, "cut/cut", "reset/reset", "changes/changes", "norange/norange",
                      "untagged/untagged", "busy/busy", "-s", "2", "stall/stall")
    for name in "cut", "reset", "norange", "busy", "stall":
        test.expect(name)
    for name in "changes", "untagged":
        test.expect(name, 2)
    for name, expected in (("cut", [None, "bytes=150000-", "bytes=300000-"]), ("stall", [None, "bytes=100000-"]),
                           ("changes", [None, "bytes=150000-"]), ("untagged", [None, None])):
        asked = state.ranges["/%s/%s" % (name, name)]
        check(asked == expected, "%s: %s" % (name, asked))
    print("cut, reset, changed, stalled and busy: all arrived")

    out, _ = test.run(1, "-r", "2", "-t", "2", "missing/missing", "never/never", "whole/good", "ftp://x/x",
                      "http://127.0.0.1:1/refused", "file:///etc/passwd", "whole/2/good")
    print("".join(sorted(out.replace("2.0", "2").splitlines(True))), end="")
    test.expect("good")
    check(test.requests("missing/missing") == 1, "a missing page is asked for again")


def interrupted(test):
    state.rate = 60000
    words = ["-j", "2", "slow/a", "slow/b", "whole/0", "slow/c"]
    process = subprocess.Popen(test.command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    parts = [os.path.join(test.folder, name + ".part") for name in "ab"]
    wait_until(lambda: all(os.path.exists(part) and os.path.getsize(part) > 50000 for part in parts), 20, "no parts")
    other, _ = test.run(1, "slow/a")
    check("another program downloads it" in other, other)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    check(process.returncode == 130, "status %d" % process.returncode)
    check(all("%s: " % part in err for part in parts), err)
    check("/slow/a' 'http" in err and err.endswith("/slow/c'\n"), err)
    state.rate = 10000000
    before = {name: len(state.ranges["/slow/" + name]) for name in "ab"}
    done = subprocess.run(err.splitlines()[-1], shell=True, capture_output=True, text=True, timeout=60, check=False)
    check(done.returncode == 0, done.stdout + done.stderr)
    for name in "abc":
        test.expect(name)
    for name in "ab":
        again = state.ranges["/slow/" + name][before[name]:]
        check(len(again) == 1 and int(again[0][6:-1]) > 50000, "%s: %s" % (name, again))
    # All was there, but for the name.
    os.rename(os.path.join(test.folder, "a"), parts[0])
    with open(os.path.join(test.folder, "a.tag"), "w", encoding="ascii") as file:
        file.write('"v1"')
    test.run(0, "slow/a")
    test.expect("a")
    print("interrupted, and gone on with")


def on_terminal(test):
    state.rate = 200000
    pid, master = pty.fork()
    if pid == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 70, 0, 0))
        os.execv(test.program, test.command("slow/bar", "slow/another", "missing/gone"))
    seen, resized = b"", False
    while True:
        try:
            data = os.read(master, 65536)
        except OSError:
            break
        seen += data
        if not resized and seen.count(b"\033[2A") > 3:
            fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
            resized = True
    os.close(master)
    _, status = os.waitpid(pid, 0)
    check(os.waitstatus_to_exitcode(status) == 1, "status on a terminal")
    bars = [line for line in re.sub(rb"\033\[(\d+A|[KJ])|\r", b"", seen).decode().split("\n")
            if "[" in line and "%" in line]
    widths = [len(line) for line in bars]
    check(max(widths[:4]) < 70 < max(widths) < 100, "widths: %s" % widths)
    check(any("####" in line for line in bars), "no progress")
    check(b"gone: The requested URL returned error: 404" in seen, "%r" % seen[-300:])
    test.expect("bar")
    test.expect("another")
    print("bars on a terminal, as wide as it is")


def main(program):
    folder = tempfile.mkdtemp(prefix="asyncc-download-")
    test = Test(program, folder)
    try:
        kinds(test)
        failures(test)
        interrupted(test)
        on_terminal(test)
    finally:
        test.server.shutdown()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
