"""kv.py STORE: the store with many clients, endless queries, and another program that holds the lock."""
import os
import select
import shutil
import signal
import sqlite3
import sys
import tempfile
import threading
import time

from server import Server, check

ENDLESS = "query WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"
CLIENTS, CHANGES = 16, 40


class Client:
    def __init__(self, server):
        self.socket = server.connect()
        self.file = self.socket.makefile("rw", newline="\n")

    def send(self, line):
        self.file.write(line + "\n")
        self.file.flush()

    def answer(self):
        return self.file.readline().rstrip("\n")

    def ask(self, line):
        self.send(line)
        return self.answer()

    def ask_all(self, line):
        """The lines of an answer that has several."""
        lines = [self.ask(line)]
        while lines[-1] != "end" and not lines[-1].startswith("error"):
            lines.append(self.answer())
        return lines


def basics(server):
    client = Client(server)
    for line, answer in (("get a", "none"), ("set a 10 apples", "ok"), ("get a", "10 apples"), ("set a 7", "ok"),
                         ("get a", "7"), ("del a", "ok"), ("del a", "none"), ("set x 5", "ok"), ("set y 1", "ok"),
                         ("move x y 6", "none"), ("move x nobody 1", "none"), ("move x y 3", "ok"), ("get x", "2"),
                         ("get y", "4"), ("jump", "error: no such command"), ("set o'brien ' OR 1 --", "ok"),
                         ("get o'brien", "' OR 1 --"), ("query DELETE FROM store", "error: not authorized"),
                         ("query SELEKT", 'error: near "SELEKT": syntax error')):
        found = client.ask(line)
        check(found == answer, "%s: %s" % (line, found))
    check(client.ask_all("list x") == ["x\t2", "end"] and client.ask_all("list zz") == ["end"], "list")
    check(client.ask_all("query SELECT count(*), NULL, 1.5 FROM store") == ["3\tNULL\t1.5", "end"], "query")
    print("commands answered")


def together(server):
    """Clients that change the same values lose no change, and moves keep the sum."""
    def work(number):
        client = Client(server)
        for i in range(CHANGES):
            answers.append(client.ask("add counter 1"))
            client.ask("move p%d p%d 1" % (i % 4, (i + number) % 4))

    first = Client(server)
    for i in range(4):
        first.ask("set p%d 100" % i)
    answers = []
    threads = [threading.Thread(target=work, args=(i,)) for i in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(first.ask("get counter") == str(CLIENTS * CHANGES) and set(answers) == {"ok"}, "changes are lost")
    total = first.ask_all("query SELECT sum(value) FROM store WHERE key GLOB 'p[0-9]'")
    check(total == ["400", "end"], "sum %s" % total)
    print("no change lost")


def slow(server):
    """A query without end is ended at the limit; others are answered meanwhile."""
    clients = [Client(server) for _ in range(5)]
    clients[0].send(ENDLESS)
    check(clients[1].ask("set meanwhile 1") == "ok" and clients[2].ask("get meanwhile") == "1", "held up")
    check(not select.select([clients[0].socket], [], [], 0)[0], "others wait for a slow query")
    check(clients[0].answer() == "error: takes too long", "no end")
    for client in clients:
        client.send(ENDLESS)
    check([client.answer() for client in clients] == ["error: takes too long"] * 5, "no end for all")
    check(clients[0].ask("get meanwhile") == "1", "does not go on")
    print("endless queries ended")


def locked(server, path):
    """While another program holds the lock, changes wait and the rest goes on."""
    client, reader = Client(server), Client(server)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    client.send("set late 1")
    check(reader.ask("get x") == "2" and reader.ask("get late") == "none", "readers wait")
    time.sleep(0.2)
    other.execute("COMMIT")
    check(client.answer() == "ok" and reader.ask("get late") == "1", "not done after waiting")
    other.execute("BEGIN IMMEDIATE")
    check(client.ask("set never 1") == "error: takes too long", "no limit to waiting")
    check(client.ask("move x y 1") == "error: takes too long", "no limit to a transaction")
    other.execute("COMMIT")
    other.close()
    check(client.ask("get never") == "none" and client.ask("move x y 1") == "ok", "not as before")
    print("locks waited for")


def ends(program, path):
    """It ends while queries run, and what was answered has been stored."""
    with Server([program, path, "0", "60000"]) as server:
        client = Client(server)
        client.ask("set last 1")
        others = [Client(server) for _ in range(3)]
        for other in others:
            other.send(ENDLESS)
        time.sleep(0.1)
        start = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        server.finish()
        check(time.monotonic() - start < 5, "does not end")
    with Server([program, path, "0", "60000"]) as server:
        client = Client(server)
        client.ask("set killed 1")
        server.process.kill()
        server.process.wait()
    found = dict(sqlite3.connect(path).execute("SELECT key, value FROM store WHERE key IN ('last', 'killed')"))
    check(found == {"last": "1", "killed": "1"}, "stored: %s" % found)
    print("ended and killed, nothing lost")


def main(program):
    folder = tempfile.mkdtemp(prefix="asyncc-kv-")
    path = os.path.join(folder, "store.db")
    try:
        with Server([program, path, "0", "1500"]) as server:
            basics(server)
            together(server)
            slow(server)
            locked(server, path)
            server.process.send_signal(signal.SIGTERM)
            server.finish()
        check(not os.path.exists(path + "-wal"), "the log is left")
        ends(program, path)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
