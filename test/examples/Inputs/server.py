"""Starting an example server and looking at it from outside."""
import os
import random
import re
import resource
import socket
import subprocess
import sys
import threading
import time


def raise_descriptor_limit():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def check(condition, text):
    if not condition:
        sys.stdout.flush()
        sys.exit("failed: " + text)


class Server:
    """A server that prints the port it listens on; killed at the end if still running."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        found = re.search(r"listening on port (\d+)", line)
        if not found:
            sys.exit("no port: %r\n%s" % (line, self.process.communicate()[1]))
        self.port = int(found.group(1))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def connect(self):
        s = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return s

    def memory_kib(self):
        with open("/proc/%d/status" % self.process.pid, encoding="ascii") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.process.pid))

    def idle_descriptors(self):
        """How many are open when nobody is connected. The port is printed before the loop has
        opened what it waits with, so the server serves somebody first."""
        with self.connect() as s:
            s.shutdown(socket.SHUT_WR)
            while s.recv(100):
                pass
        return self.descriptors()

    def line(self):
        return self.process.stdout.readline().rstrip("\n")

    def finish(self, seconds=20):
        """Waits for the server to end by itself and checks that it did so in order."""
        try:
            out, err = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            sys.exit("the server does not end")
        check(self.process.returncode == 0 and not err,
              "status %d\n%s" % (self.process.returncode, err))
        return out


def wait_until(condition, seconds, text):
    end = time.monotonic() + seconds
    while not condition():
        check(time.monotonic() < end, text)
        time.sleep(0.01)


def quiet_port():
    """A free port that the kernel gives to nobody who does not ask for it by its number."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) != 0:
                return port


def serve_each(serve):
    """The port of a server that has a thread of its own call serve for each connection."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=100)

    def accept():
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]
