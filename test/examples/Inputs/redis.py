"""redis.py QUEUE-PROGRAM [JOBS]: the work queue with a Redis server of its own, whose workers die."""
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from server import check, wait_until

WORKERS = 3
IDLE_MS = 500


class Refused(Exception):
    """An error that Redis answers, such as that it is still loading."""


class Redis:
    """A server on a Unix socket in a folder of its own, and the few commands needed here."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "redis.sock")
        self.folder = folder
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", self.path, "--dir", self.folder,
             "--save", "", "--appendonly", "yes", "--appendfsync", "no"], stdout=subprocess.DEVNULL)
        wait_until(self.ready, 20, "redis-server does not answer")

    def ready(self):
        check(self.process.poll() is None, "redis-server has ended")
        try:
            return self.ask("PING") == "PONG"
        except (OSError, Refused):
            return False

    def ask(self, *words):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(20)
            s.connect(self.path)
            s.sendall(b"*%d\r\n" % len(words) +
                      b"".join(b"$%d\r\n%s\r\n" % (len(word), word.encode()) for word in words))
            return self.answer(s.makefile("rb"))

    def answer(self, file):
        line = file.readline().decode().rstrip("\r\n")
        if line[0] == "*":
            return [self.answer(file) for _ in range(int(line[1:]))]
        if line[0] == "$":
            size = int(line[1:])
            return None if size < 0 else file.read(size + 2)[:-2].decode()
        if line[0] == "-":
            raise Refused(line)
        return int(line[1:]) if line[0] == ":" else line[1:]

    def done(self):
        return int(self.ask("HGET", "jobs:totals", "done") or 0)

    def in_hand(self, worker):
        """How many jobs a worker has taken and not finished."""
        for consumer in self.ask("XINFO", "CONSUMERS", "jobs", "workers"):
            fields = dict(zip(consumer[::2], consumer[1::2]))
            if fields["name"].startswith("worker-%d-" % worker.pid):
                return fields["pending"]
        return 0

    def stop(self):
        self.process.terminate()
        self.process.wait()


def all_steps(jobs):
    """How long the sequence from each number is, those known already being looked up."""
    known = {1: 0}
    for first in range(2, jobs + 1):
        n, count = first, 0
        while n not in known:
            n = 3 * n + 1 if n % 2 else n // 2
            count += 1
        known[first] = count + known[n]
    return known


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    check(done.returncode == 0 and not done.stderr, "%s\n%s" % (command, done.stderr))
    return done.stdout


def finish(worker):
    """Ends a worker in order, and gives how many jobs it says it has done."""
    worker.send_signal(signal.SIGTERM)
    out, err = worker.communicate(timeout=20)
    check(worker.returncode == 0, "worker: status %d\n%s" % (worker.returncode, err))
    return int(out.split()[0]), err


def check_all_done(redis, jobs):
    """Each job has its result, and none has been counted twice."""
    found = redis.ask("HGETALL", "jobs:results")
    results = dict(zip(map(int, found[::2]), map(int, found[1::2])))
    expected = all_steps(jobs)
    check(results == expected, "results: %d of %d" % (len(results), jobs))
    check(redis.done() == jobs, "%d done" % redis.done())
    check(int(redis.ask("HGET", "jobs:totals", "sum")) == sum(expected.values()), "sum")
    check(redis.ask("XLEN", "jobs") == 0 and redis.ask("XPENDING", "jobs", "workers")[0] == 0, "left over")


def killing(program, redis, jobs):
    check(run(program, redis.path, "jobs", "put", "1", str(jobs)) == "%d put\n" % jobs, "put")
    start = time.monotonic()
    workers = [subprocess.Popen([program, redis.path, "jobs", "work", str(IDLE_MS)], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(WORKERS)]
    try:
        victim = workers.pop()
        wait_until(lambda: redis.done() > jobs // 10, 60, "too slow")
        # In the middle of a batch: with jobs of its own that only others can finish.
        held = 0
        while not held and redis.done() < jobs:
            victim.send_signal(signal.SIGCONT)
            time.sleep(0.01)
            victim.send_signal(signal.SIGSTOP)
            held = redis.in_hand(victim)
        victim.kill()
        victim.communicate()
        middle = redis.done()
        check(held > 0 and middle < jobs, "the worker was not killed in the middle")
        wait_until(lambda: redis.done() >= jobs, 60, "jobs are lost")
        seconds = time.monotonic() - start
        counts = [finish(worker)[0] for worker in workers]
    finally:
        for worker in workers + [victim]:
            worker.kill()
            worker.wait()
    check_all_done(redis, jobs)
    check(all(counts) and sum(counts) < jobs, "counts %s" % counts)
    print("one of %d workers killed with jobs in hand; each job done once" % WORKERS)
    print("%d jobs, %d in hand of the dead, %.1f s" % (jobs, held, seconds), file=sys.stderr)
    print(run(program, redis.path, "jobs", "status"), end="")


def restarting(program, redis, jobs):
    """The server goes away under its workers, and comes back."""
    redis.ask("DEL", "jobs:results", "jobs:totals")
    run(program, redis.path, "jobs", "put", "1", str(jobs))
    worker = subprocess.Popen([program, redis.path, "jobs", "work", str(IDLE_MS)], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        wait_until(lambda: redis.done() > 0, 60, "too slow")
        redis.stop()
        redis.start()
        wait_until(lambda: redis.done() >= jobs, 60, "jobs are lost")
        err = finish(worker)[1]
    finally:
        worker.kill()
        worker.wait()
    check_all_done(redis, jobs)
    check("redis_queue: " in err, "nothing said about the connection")
    print("the server restarted; each job done once")


def main(program, jobs="100000"):
    folder = tempfile.mkdtemp(prefix="asyncc-redis-")
    redis = Redis(folder)
    try:
        killing(program, redis, int(jobs))
        restarting(program, redis, int(jobs) // 10)
        refused = subprocess.run([program, folder + "/none", "jobs", "status"], capture_output=True,
                                 text=True, timeout=20, check=False)
        check(refused.returncode == 1, "status of nothing")
        print(refused.stderr.replace(folder, ""), end="")
    finally:
        redis.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
