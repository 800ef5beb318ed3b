"""chat.py SERVER: many clients talk at once; each hears every other, in order."""
import shutil
import socket
import subprocess
import sys
import threading
import time

from server import Server, check

CLIENTS = 40
LINES = 10


class Client:
    def __init__(self, server, name):
        self.name = name
        self.socket = server.connect()
        self.heard = []
        self.thread = threading.Thread(target=self.listen)
        self.thread.start()
        self.send(name)

    def send(self, line):
        self.socket.sendall((line + "\n").encode())

    def listen(self):
        with self.socket.makefile("r", encoding="utf-8") as lines:
            try:
                for line in lines:
                    self.heard.append(line.rstrip("\n"))
            except OSError:
                pass

    def said_by(self, name):
        return [line for line in self.heard if line.startswith(name + ": ")]

    def wait_for(self, condition, what):
        end = time.monotonic() + 20
        while not condition():
            check(time.monotonic() < end, "%s never hears %s: %s" % (self.name, what, self.heard[-3:]))
            time.sleep(0.005)


def talk(server):
    clients = []
    for i in range(CLIENTS):
        clients.append(Client(server, "c%d" % i))
        for older in clients[:-1]:
            older.wait_for(lambda: any("* c%d is here" % i in line for line in older.heard), "c%d" % i)
    for turn in range(LINES):
        for c in clients:
            c.send("line %d" % turn)
    for c in clients:
        for other in clients:
            if other is c:
                continue
            c.wait_for(lambda: len(c.said_by(other.name)) == LINES, other.name)
            check(c.said_by(other.name) == ["%s: line %d" % (other.name, t) for t in range(LINES)],
                  "%s hears %s out of order" % (c.name, other.name))
        check(not c.said_by(c.name), "%s hears itself" % c.name)
    print("%d clients heard one another" % CLIENTS)
    return clients


def half_of_the_clients_leave(clients):
    first = clients[0]
    for c in clients[CLIENTS // 2:]:
        c.socket.shutdown(socket.SHUT_RDWR)
        c.thread.join()
        c.socket.close()
        first.wait_for(lambda: "* %s has left" % c.name in first.heard, "leaving " + c.name)
    print("leaving is heard")
    return clients[:CLIENTS // 2]


def some_more_leave(clients):
    for c in clients[4:]:
        c.socket.shutdown(socket.SHUT_RDWR)
        c.thread.join()
        c.socket.close()
    return clients[:4]


def odd_lines(server, clients):
    """Lines in pieces, several in one packet, with CR, overlong, and a client without a name."""
    listener = clients[0]
    raw = server.connect()
    for piece in (b"ra", b"w\r", b"\nfirst\nsecond\r\nthi", b"rd\n"):
        raw.sendall(piece)
        time.sleep(0.02)
    listener.wait_for(lambda: listener.said_by("raw") == ["raw: first", "raw: second", "raw: third"], "raw")
    raw.sendall(b"x" * 5000 + b"\nafter\n")
    listener.wait_for(lambda: "raw: after" in listener.heard, "a line after an overlong one")
    raw.close()
    server.connect().close()
    print("odd lines are taken")


def real_netcat(server, clients):
    if not shutil.which("nc"):
        print("nc is heard")
        return
    nc = subprocess.run(["nc", "-N", "127.0.0.1", str(server.port)], input="cat\nfrom nc\n", text=True,
                        capture_output=True, timeout=30, check=False)
    check(nc.returncode == 0, "nc fails: " + nc.stderr)
    clients[0].wait_for(lambda: "cat: from nc" in clients[0].heard, "nc")
    print("nc is heard")


def slow_reader_is_dropped(server, clients):
    """Somebody who reads nothing does not hold up the others, and is dropped at last."""
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.connect(("127.0.0.1", server.port))
    slow.sendall(b"slow\n")
    first, second = clients[:2]
    first.wait_for(lambda: any("* slow is here" in line for line in first.heard), "slow")
    for i in range(600):
        for _ in range(100):
            second.send("." * 400)
        second.send("end of %d" % i)
        for c in clients:
            if c is not second:
                c.wait_for(lambda: "end of %d" % i in "".join(c.heard[-2:]), "the end of %d" % i)
        if "* slow has left" in first.heard:
            break
    first.wait_for(lambda: "* slow has left" in first.heard, "that slow has left")
    slow.close()
    print("a slow reader is dropped")


def main(program):
    with Server([program, "0", "may-quit"]) as server:
        clients = talk(server)
        clients = half_of_the_clients_leave(clients)
        odd_lines(server, clients)
        real_netcat(server, clients)
        clients = some_more_leave(clients)
        slow_reader_is_dropped(server, clients)
        clients[0].send("/quit")
        server.finish()
        for c in clients:
            c.thread.join()
        print("ended in order")


main(*sys.argv[1:])
