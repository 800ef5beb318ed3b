"""faults.py PRELOADED STRIDE NAME=PROGRAM...: every STRIDE-th allocation and call of examples fails, in a
run of its own; with ASYNC_EVERY in the environment, each; with the name of an error in ASYNC_ERROR, each
call with that. The program says so or goes on, ends, and loses nothing. The programs are those of a build with AddressSanitizer by gcc, whose library gives way to
PRELOADED."""
import errno
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from server import check

SECONDS = 40
BROKEN, LEAKED = 99, 23


class Faults:
    """Runs of one program, with a fault each."""

    def __init__(self, preloaded, stride, program, folder, name):
        self.preloaded, self.stride, self.program, self.name = preloaded, stride, program, name
        self.counts = os.path.join(folder, "counts")
        # What OpenSSL leaves behind when it cannot be set up is not ours.
        self.leaks = os.path.join(folder, "suppressions")
        with open(self.leaks, "w", encoding="ascii") as file:
            file.write("leak:libcrypto\n")
        self.fault = {}
        self.failed = self.stopped = 0
        libraries = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
        # Only with these are there frames without a frame pointer above what is suppressed.
        self.slow = "libcrypto" in libraries

    def start(self, *words, stdin=subprocess.DEVNULL):
        environment = dict(os.environ, LD_PRELOAD=self.preloaded, FAIL_COUNTS=self.counts, ASYNC_FILES="pool",
                           ASAN_OPTIONS="verify_asan_link_order=0:exitcode=%d:fast_unwind_on_malloc=%d"
                           % (BROKEN, not self.slow),
                           LSAN_OPTIONS="exitcode=%d:print_suppressions=0:suppressions=%s" % (LEAKED, self.leaks),
                           **self.fault)
        self.process = subprocess.Popen([self.program] + list(words), env=environment, stdin=stdin,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        return self.process

    def end(self, process, words=None, complained=""):
        """Waits for the end, which must be one that the program has chosen: gives whether it succeeded, and
        what it printed. What it has complained of may have been read before."""
        try:
            out, err = process.communicate(words, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            check(False, "hangs at %s\n%s" % (self.fault, "".join(process.communicate())))
        self.judge(process.returncode, out, complained + err)
        return process.returncode == 0, out

    def judge(self, status, out, err):
        # libcurl 7.88 goes on using a table that it has destroyed when there was no memory for an entry. GLib
        # stops when there is none.
        stopped = (status == -signal.SIGABRT and "asyncc: " in err or
                   status in (-signal.SIGTRAP, -signal.SIGABRT) and "GLib" in err and "allocate" in err or
                   status == LEAKED and re.search("#0 .*/libcurl", err))
        # Told to end before it could take note of that, or while it ends by itself.
        late = status == -signal.SIGTERM
        self.stopped += bool(stopped)
        self.failed += status != 0
        check(status == 0 or status in (1, 2) and out + err or stopped or late,
              "%s: status %d at %s\n%s%s" % (self.name, status, self.fault, out, err))

    def sweep(self, run):
        try:
            self.sweep_all(run)
        finally:
            self.process.kill()

    def sweep_all(self, run):
        run()
        check(self.failed == 0, "%s fails without a fault" % self.name)
        with open(self.counts, encoding="ascii") as file:
            totals = [int(word) for word in file.read().split()]
        done = []
        error = os.environ.get("ASYNC_ERROR")
        if error:
            totals[0] = 0
        for kind, total in zip(("FAIL_ALLOCATION", "FAIL_CALL"), totals):
            done.append(0)
            for number in range(1, total + 1, self.stride):
                self.fault = {kind: str(number)}
                if error:
                    self.fault["FAIL_ERROR"] = str(getattr(errno, error))
                run()
                done[-1] += 1
        print("%s: %d of %d allocations and %d of %d calls failed; it said so %d times, %d of them by a stop"
              % (self.name, done[0], totals[0], done[1], totals[1], self.failed, self.stopped), flush=True)


class Lines:
    """What a program prints, line by line as it comes."""

    def __init__(self, process, stream):
        self.process, self.stream, self.rest = process, stream, b""

    def next(self, faults):
        """A line, or None at the end."""
        end = time.monotonic() + SECONDS
        while b"\n" not in self.rest:
            ready = select.select([self.stream], [], [], max(0, end - time.monotonic()))[0]
            if not ready:
                self.process.kill()
                check(False, "%s hangs at %s" % (faults.name, faults.fault))
            more = os.read(self.stream.fileno(), 4096)
            if not more:
                return None
            self.rest += more
        line, _, self.rest = self.rest.partition(b"\n")
        return line.decode()


def main(preloaded, stride, *programs):
    import sessions
    import sessions_libraries

    stride = 1 if {"ASYNC_EVERY", "ASYNC_ERROR"} & set(os.environ) else int(stride)
    folder = tempfile.mkdtemp(prefix="asyncc-faults-", dir=None if os.getuid() else "/tmp")
    os.chmod(folder, 0o755)
    try:
        for name, program in (word.split("=") for word in programs):
            inner = os.path.join(folder, name)
            os.mkdir(inner)
            session = getattr(sessions, name, None) or getattr(sessions_libraries, name)
            session(lambda name: Faults(preloaded, stride, program, folder, name), inner)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    # The sessions are to find this very module.
    sys.modules["faults"] = sys.modules["__main__"]
    main(*sys.argv[1:])
