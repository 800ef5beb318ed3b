"""Runs programs again and again, each time with another one of their allocations failing.

fail_allocations.py [--most N] FOLDER ASYNCC TEST.c...

A test that needs a folder of its own gets one. It may pass, or stop by a check of its own, or with the
library's message that there is no memory. It must not crash, hang,
or, where it passes, leak.
"""
import argparse
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys

LIMIT_S = 15
FAILED = b"the allocation of ASYNC_FAIL_ALLOCATION fails"
# What a program may stop with: one of its own checks, or the runtime's word.
REFUSALS = (rb": failed: ", rb"asyncc: no memory for", rb"asyncc: async_run: ", rb"asyncc: no memory",
            rb"seed \d+: -\d+")
WRONG = (rb"ERROR: AddressSanitizer", rb"runtime error:", rb"Sanitizer:DEADLYSIGNAL")


def build(asyncc, test, out):
    subprocess.call([*asyncc, "-O1", "-g", "-w", "-fsanitize=address,undefined", test, "-o", out],
                    stderr=subprocess.DEVNULL)


def run(program, number, folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    environment = dict(os.environ, ASYNC_SEEDS="0")
    environment.pop("ASYNC_FORCE_SUSPEND", None)
    if number:
        environment["ASYNC_FAIL_ALLOCATION"] = str(number)
    try:
        return subprocess.run([program, folder], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=environment, timeout=LIMIT_S, cwd=folder)
    except subprocess.TimeoutExpired:
        return None


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


def examine(asyncc, test, program, most):
    """How many of its allocations failed, and what went wrong."""
    name = os.path.basename(program)
    build(asyncc, test, program)
    folder = program + ".d"
    plain = run(program, 0, folder) if os.path.exists(program) else None
    if plain is None or plain.returncode:
        return name, None, ["does not run by itself"]
    wrong = []
    for number in range(1, most + 1):
        result = run(program, number, folder)
        if result is not None and FAILED not in result.stdout:
            return name, number - 1, wrong
        word = verdict(result)
        if word:
            tail = b"" if result is None else b"\n".join(result.stdout.splitlines()[:12])
            wrong.append("allocation %d: %s\n%s" % (number, word, tail.decode("utf-8", "replace")))
    return name, most, wrong


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--most", type=int, default=200)
    options.add_argument("folder")
    options.add_argument("asyncc")
    options.add_argument("tests", nargs="+")
    options = options.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    asyncc = options.asyncc.split()
    failures = 0
    examined = []

    def one(test):
        name = os.path.splitext(os.path.basename(test))[0]
        return examine(asyncc, test, os.path.join(options.folder, name), options.most)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, count, wrong in pool.map(one, options.tests):
            print("%-24s %s" % (name, "does not run alone" if count is None else count), flush=True)
            if count is None:
                continue
            examined.append(count)
            for line in wrong:
                print("  %s: %s" % (name, line), flush=True)
                failures += 1
    print("%d programs, %d failing allocations, %d wrong"
          % (len(examined), sum(examined), failures))
    sys.exit(failures != 0)


main()
