"""faults.py PRELOADED STRIDE NAME=PROGRAM...: every STRIDE-th allocation and call of the examples that use
libraries fails, in a run of its own. The program says so or goes on, ends, and loses nothing."""
import os
import re
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

import download
from pg import Postgres
from redis import Redis
from server import check, wait_until

SECONDS = 30
# Ends a program that has lost memory with a status of its own, 23.
LEAKS = subprocess.run(["gcc", "-print-file-name=liblsan.so"], capture_output=True, text=True,
                       check=True).stdout.strip()


class Faults:
    """Runs of one program, with a fault each."""

    def __init__(self, preloaded, stride, program, folder):
        self.preloaded, self.stride, self.program, self.folder = preloaded, stride, program, folder
        self.counts = os.path.join(folder, "counts")
        # What OpenSSL leaves behind when it cannot be set up is not ours.
        self.leaks = os.path.join(folder, "suppressions")
        with open(self.leaks, "w", encoding="ascii") as file:
            file.write("leak:libcrypto\n")
        self.fault = {}
        self.failed = self.stopped = 0

    def start(self, *words):
        environment = dict(os.environ, LD_PRELOAD=self.preloaded + " " + LEAKS, FAIL_COUNTS=self.counts, ASYNC_FILES="pool",
                           LSAN_OPTIONS="fast_unwind_on_malloc=0:print_suppressions=0:suppressions=" + self.leaks,
                           **self.fault)
        return subprocess.Popen([self.program] + list(words), env=environment, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def end(self, process):
        """Waits for the end, which must be one that the program has chosen: gives whether it succeeded, and
        what it printed."""
        try:
            out, err = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            check(False, "hangs at %s\n%s" % (self.fault, "".join(process.communicate())))
        # The search for leaks has threads in which nothing may fail; and libcurl 7.88 goes on using a table
        # that it has destroyed when there was no memory for an entry.
        stopped = (process.returncode == -signal.SIGABRT and "asyncc: " in err or
                   process.returncode == 23 and ("LeakSanitizer: CHECK failed" in err or
                                                 re.search("#0 .*/libcurl", err)))
        # Told to end while it ends by itself, for the reason that it gives.
        late = process.returncode == -signal.SIGTERM and err
        self.stopped += bool(stopped)
        self.failed += process.returncode != 0
        check(process.returncode in (0, 1, 2) or stopped or late,
              "status %d at %s\n%s%s" % (process.returncode, self.fault, out, err))
        return process.returncode == 0, out

    def sweep(self, name, run):
        run()
        check(self.failed == 0, "fails without a fault")
        with open(self.counts, encoding="ascii") as file:
            totals = [int(word) for word in file.read().split()]
        done = []
        for kind, total in zip(("FAIL_ALLOCATION", "FAIL_CALL"), totals):
            done.append(0)
            for number in range(1, total + 1, self.stride):
                self.fault = {kind: str(number)}
                run()
                done[-1] += 1
        print("%s: %d of %d allocations and %d of %d calls failed; it said so %d times, %d of them by a stop"
              % (name, done[0], totals[0], done[1], totals[1], self.failed, self.stopped), flush=True)


def redis_put(faults, redis):
    def run():
        redis.ask("DEL", "put")
        success, out = faults.end(faults.start(redis.path, "put", "put", "1", "20"))
        count = redis.ask("XLEN", "put")
        check(count == 20 if success else 0 <= count <= 20, "%d put at %s" % (count, faults.fault))
        check(not success or out == "20 put\n", "says %s at %s" % (out, faults.fault))
    faults.sweep("redis_queue put", run)


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
    faults.sweep("redis_queue work", run)


def pg_transfers(faults, server):
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
    faults.sweep("pg_transfers", run)


def downloads(faults, test):
    def run():
        shutil.rmtree(test.folder)
        os.mkdir(test.folder)
        download.state.requests.clear()
        success, out = faults.end(faults.start("-w", "10", "-d", test.folder, test.base + "reset/one",
                                               test.base + "whole/two"))
        for name in "one", "two":
            there = os.path.exists(os.path.join(test.folder, name))
            check(there or not success, "%s is missing at %s" % (name, faults.fault))
            if there:
                with open(os.path.join(test.folder, name), "rb") as file:
                    check(file.read() == contents[name], "%s differs at %s" % (name, faults.fault))
    contents = {name: download.content(name) for name in ("one", "two")}
    faults.sweep("download", run)


def store(faults, path):
    def run():
        for rest in "", "-wal", "-shm":
            if os.path.exists(path + rest):
                os.unlink(path + rest)
        server = faults.start(path, "0", "5000")
        check(select.select([server.stdout], [], [], SECONDS)[0], "hangs at the start at %s" % faults.fault)
        port = server.stdout.readline()
        kept = []
        if port:
            server.port = int(port.split()[-1])
            for line in "set a 1", "get a", "set b 2", "move a b 1", "list a":
                try:
                    kept.append((line, answer(server.port, line)))
                except OSError:
                    kept.append((line, ""))
            server.send_signal(signal.SIGTERM)
        faults.end(server)
        found = look(path)
        a, b, moved = [dict(kept).get(line) == "ok" for line in ("set a 1", "set b 2", "move a b 1")]
        check(not a or "a" in found, "a is lost at %s" % faults.fault)
        check(not b or "b" in found, "b is lost at %s" % faults.fault)
        check(not moved or found == {"a": "0", "b": "3"}, "the move is lost at %s" % faults.fault)
    faults.sweep("kv_store", run)


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


def main(preloaded, stride, *programs):
    folder = tempfile.mkdtemp(prefix="asyncc-faults-", dir=None if os.getuid() else "/tmp")
    servers = []
    try:
        for name, program in (word.split("=") for word in programs):
            def faults():
                return Faults(preloaded, int(stride), program, folder)
            inner = os.path.join(folder, name)
            os.mkdir(inner)
            if name == "redis":
                servers.append(Redis(inner))
                redis_put(faults(), servers[-1])
                redis_work(faults(), servers[-1])
            elif name == "pg":
                os.chmod(folder, 0o755)
                servers.append(Postgres(inner))
                pg_transfers(faults(), servers[-1])
            elif name == "download":
                downloads(faults(), download.Test(program, inner))
            else:
                store(faults(), os.path.join(inner, "store.db"))
    finally:
        for server in servers:
            server.stop()
        shutil.rmtree(folder)


main(*sys.argv[1:])
