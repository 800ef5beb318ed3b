"""Short sessions with the examples that use libraries, for faults.py: nothing is lost in them."""
import os
import shutil
import signal
import socket
import sqlite3
import time

import download
from faults import SECONDS, Lines
from pg import Postgres
from redis import Redis
from server import check, wait_until


def redis_put(faults, redis):
    def run():
        redis.ask("DEL", "put")
        success, out = faults.end(faults.start(redis.path, "put", "put", "1", "20"))
        count = redis.ask("XLEN", "put")
        check(count == 20 if success else 0 <= count <= 20, "%d put at %s" % (count, faults.fault))
        check(not success or out == "20 put\n", "says %s at %s" % (out, faults.fault))
    faults.sweep(run)


def redis_work(faults, redis):
    def run():
        redis.ask("DEL", "jobs", "jobs:results", "jobs:totals")
        for job in range(1, 21):
            redis.ask("XADD", "jobs", "*", "job", str(job))
        worker = faults.start(redis.path, "jobs", "work", "100")
        end = time.monotonic() + SECONDS
        while redis.done() < 20 and worker.poll() is None:
            check(time.monotonic() < end, "jobs are not done at %s" % faults.fault)
            time.sleep(0.005)
        worker.send_signal(signal.SIGTERM)
        success, _ = faults.end(worker)
        check(not success or redis.done() == 20, "jobs lost at %s" % faults.fault)
        check(len(redis.ask("HGETALL", "jobs:results")) == 2 * redis.done(), "counted twice at %s" % faults.fault)
    faults.sweep(run)


def redis_queue(faults, folder):
    redis = Redis(folder)
    try:
        redis_put(faults("redis_queue put"), redis)
        redis_work(faults("redis_queue work"), redis)
    finally:
        redis.stop()


def pg_transfers(faults, folder):
    faults = faults("pg_transfers")
    server = Postgres(folder)

    def run():
        server.ask("DROP TABLE IF EXISTS accounts")
        success, out = faults.end(faults.start(server.parameters, "4", "3", "2"))
        check(not success or "4000 in 4 accounts" in out, "%s at %s" % (out, faults.fault))
        if server.ask("SELECT to_regclass('accounts')"):
            check(server.ask("SELECT coalesce(sum(balance), 0) FROM accounts") in ("0", "4000"),
                  "money lost at %s" % faults.fault)
        # Where the fault was in cancelling it, the query goes on.
        server.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'")
        wait_until(lambda: server.others("true") == 0, 10, "connections are left at %s" % faults.fault)

    try:
        faults.sweep(run)
    finally:
        server.stop()


def downloads(faults, folder):
    faults = faults("download")
    test = download.Test(faults.program, folder)
    contents = {name: download.content(name) for name in ("one", "two")}

    def run():
        shutil.rmtree(test.folder)
        os.mkdir(test.folder)
        download.state.requests.clear()
        success, _ = faults.end(faults.start("-w", "10", "-d", test.folder, test.base + "reset/one",
                                             test.base + "whole/two"))
        for name in "one", "two":
            there = os.path.exists(os.path.join(test.folder, name))
            check(there or not success, "%s is missing at %s" % (name, faults.fault))
            if there:
                with open(os.path.join(test.folder, name), "rb") as file:
                    check(file.read() == contents[name], "%s differs at %s" % (name, faults.fault))
    faults.sweep(run)


def kv_store(faults, folder):
    faults = faults("kv_store")
    path = os.path.join(folder, "store.db")

    def run():
        for rest in "", "-wal", "-shm":
            if os.path.exists(path + rest):
                os.unlink(path + rest)
        server = faults.start(path, "0", "5000")
        port = Lines(server, server.stdout).next(faults)
        kept = []
        if port:
            for line in "set a 1", "get a", "set b 2", "move a b 1", "list a":
                try:
                    kept.append((line, answer(int(port.split()[-1]), line)))
                except OSError:
                    kept.append((line, ""))
            server.send_signal(signal.SIGTERM)
        faults.end(server)
        found = look(path)
        a, b, moved = [dict(kept).get(line) == "ok" for line in ("set a 1", "set b 2", "move a b 1")]
        check(not a or "a" in found, "a is lost at %s" % faults.fault)
        check(not b or "b" in found, "b is lost at %s" % faults.fault)
        check(not moved or found == {"a": "0", "b": "3"}, "the move is lost at %s" % faults.fault)
    faults.sweep(run)


def answer(port, line):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as s:
        s.sendall(line.encode() + b"\n")
        return s.makefile().readline().rstrip("\n")


def look(path):
    if not os.path.exists(path):
        return {}
    db = sqlite3.connect(path)
    try:
        return dict(db.execute("SELECT key, value FROM store"))
    except sqlite3.OperationalError:
        return {}
    finally:
        db.close()
