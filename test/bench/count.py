#!/usr/bin/python3
"""Instructions per operation of a program of the benchmark.

    count.py PROGRAM [ROW...]

Runs each row (see rows.py) under callgrind at two sizes and divides the difference, so
that starting up and warming up do not count. The same binary gives the same figure on every
machine of the same kind, to a few tenths of an instruction.
"""
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import rows

# What the C library chooses by the processor: the same everywhere.
BASELINE = "glibc.cpu.hwcaps=-AVX512F,-AVX2,-AVX,-ERMS,-FSRM,-SSE4_2,-SSSE3"
ENVIRONMENT = {"PATH": os.environ.get("PATH", ""), "GLIBC_TUNABLES": BASELINE}
CALLGRIND = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]


class NotCounted(Exception):
    pass


def collected_in(text):
    """What callgrind said at the end of a run, or None."""
    found = re.search(r"Collected : (\d+)", text)
    return int(found.group(1)) if found else None


def collected(command):
    """The instructions of one run, or None where the program has no such test."""
    done = subprocess.run(CALLGRIND + command, capture_output=True, text=True, timeout=300, env=ENVIRONMENT,
                          check=False)
    if done.returncode == 3:
        return None
    if done.returncode or collected_in(done.stderr) is None:
        raise NotCounted("%s: exit status %d\n%s" % (" ".join(command), done.returncode, done.stderr[-2000:]))
    return collected_in(done.stderr)


def instructions(program, row):
    """Instructions per operation, or None. program is a list of words."""
    small, large, operations = row.count
    first = collected(program + [row.test] + small.split())
    if first is None:
        return None
    return (collected(program + [row.test] + large.split()) - first) / operations


def count_all(program, wanted, jobs=2):
    """{name of a row: instructions or None}, several runs at a time."""
    with ThreadPoolExecutor(jobs) as pool:
        return dict(zip((row.name for row in wanted),
                        pool.map(lambda row: instructions(program, row), wanted)))


def main():
    names = sys.argv[2:]
    wanted = [rows.BY_NAME[name] for name in names] if names else [row for row in rows.MICRO if row.count]
    for name, value in count_all(sys.argv[1:2], wanted).items():
        if value is not None:
            print("%-16s %8.1f  per %s: %s" % (name, value, rows.BY_NAME[name].unit, rows.BY_NAME[name].title))


if __name__ == "__main__":
    main()
