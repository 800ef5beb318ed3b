"""Runs programs again and again, each time with another one of their allocations or system calls failing.

fail_each.py [--calls ERROR] [--all N | --first N] [--libraries WORDS] [--files DIRECTORY] [--jobs N]
             FOLDER ASYNCC TEST.c...

It is each of the first N, and with --all also of those behind them, ever more sparsely, until there are
no more. A test runs in a folder of its own, with copies of the files of DIRECTORY, and gets its name, that
of a file in it or nothing, whichever it runs with. It may pass, or stop by a check of its own or with a
message of the library. It must not crash, hang, or, where it passes, leak.
"""
import argparse
import concurrent.futures
import contextlib
import errno
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

# The first for what hangs in all likelihood, the second for what may only be slow.
LIMITS_S = 15, 60
# One in so many of those that lie between it and the first ones.
SPARSE = 50
# So many runs in a row without it mean that there are no more: where there are threads, it may be one less.
LAST = 4
# What a program may stop with: one of its own checks, or the runtime's word.
REFUSALS = (rb": failed: ", rb"Assertion .* failed", rb"asyncc: no memory for", rb"asyncc: async_run: ", rb"asyncc: no memory",
            rb"seed \d+: -\d+")
WRONG = (rb"ERROR: AddressSanitizer", rb"runtime error:", rb"Sanitizer:DEADLYSIGNAL")


class Faults:
    """What fails, and how often at most."""

    def __init__(self, options):
        self.calls = options.calls
        self.variable = "ASYNC_FAIL_CALL" if self.calls else "ASYNC_FAIL_ALLOCATION"
        self.error = ",%d" % getattr(errno, self.calls) if self.calls else ""
        self.name = "call" if self.calls else "allocation"
        self.failed = ("the %s of %s fails" % (self.name, self.variable)).encode()
        self.bounded = options.first is not None
        self.most = options.first or options.all
        self.files = options.files


def build(asyncc, test, libraries, out):
    subprocess.call([*asyncc, "-O1", "-g", "-w", "-fsanitize=address,undefined", test, "-o", out, *libraries],
                    stderr=subprocess.DEVNULL)


def run(program, faults, number, arguments, limit_s):
    folder = program + ".d"
    shutil.rmtree(folder, ignore_errors=True)
    if faults.files:
        shutil.copytree(faults.files, folder)
    os.makedirs(folder, exist_ok=True)
    environment = dict(os.environ, ASYNC_SEEDS="0")
    environment.pop("ASYNC_FORCE_SUSPEND", None)
    if number:
        environment[faults.variable] = "%d%s" % (number, faults.error)
    # What the program has started and left behind may hold its output open.
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen([program, *arguments], stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=subprocess.STDOUT, env=environment, cwd=folder, start_new_session=True)
        try:
            process.wait(limit_s)
        except subprocess.TimeoutExpired:
            return None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        out.seek(0)
        return subprocess.CompletedProcess(process.args, process.returncode, out.read())


def verdict(result):
    """"" when all is well."""
    if result is None:
        return "hangs"
    refused = any(re.search(refusal, result.stdout) for refusal in REFUSALS)
    if any(re.search(wrong, result.stdout) for wrong in WRONG):
        return "crashes"
    # A program that stops in the middle leaves things as they are.
    if b"LeakSanitizer" in result.stdout and not refused:
        return "leaks"
    if result.returncode < 0 and not refused:
        return "ends by signal %d and no word" % -result.returncode
    return ""


def examine(faults, program):
    """How many of its allocations or calls failed, and what went wrong."""
    if not os.path.exists(program):
        return None, []
    for arguments in (".",), ("file",), ():
        plain = run(program, faults, 0, arguments, LIMITS_S[1])
        if plain is None or not plain.returncode:
            break
    if plain is None or plain.returncode:
        return None, []
    wrong = []
    number, count, without = 1, 0, 0
    while without < LAST and not (faults.bounded and number > faults.most):
        result = run(program, faults, number, arguments, LIMITS_S[0]) or \
            run(program, faults, number, arguments, LIMITS_S[1])
        failed = result is None or faults.failed in result.stdout
        count += failed
        without = 0 if failed else without + 1
        word = verdict(result)
        if word:
            tail = b"" if result is None else b"\n".join(result.stdout.splitlines()[:12])
            wrong.append("%s %d: %s\n%s" % (faults.name, number, word, tail.decode("utf-8", "replace")))
        number += 1 + max(0, number - faults.most) // SPARSE
    return count, wrong


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--calls", metavar="ERROR")
    options.add_argument("--all", type=int, default=200)
    options.add_argument("--first", type=int)
    options.add_argument("--libraries", default="")
    options.add_argument("--files")
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("folder")
    options.add_argument("asyncc")
    options.add_argument("tests", nargs="+")
    options = options.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    faults = Faults(options)
    failures = 0
    examined = []

    def one(test):
        name = os.path.splitext(os.path.basename(test))[0]
        program = os.path.abspath(os.path.join(options.folder, name))
        build(options.asyncc.split(), test, options.libraries.split(), program)
        return (name, *examine(faults, program))

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for done in concurrent.futures.as_completed([pool.submit(one, test) for test in options.tests]):
            name, count, wrong = done.result()
            print("%-24s %s" % (name, "does not run alone" if count is None else count), flush=True)
            if count is None:
                continue
            examined.append(count)
            for line in wrong:
                print("  %s: %s" % (name, line), flush=True)
                failures += 1
    print("%d programs, %d failing %ss, %d wrong" % (len(examined), sum(examined), faults.name, failures))
    sys.exit(failures != 0)


main()
