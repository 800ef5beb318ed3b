#!/usr/bin/python3
"""Fails when the operations of a program cost more instructions than the file of counts says.

    check_counts.py PROGRAM COUNTS [--update]

The file has a line for each row (see rows.py) with its instructions per operation. More by
over TOLERANCE percent is a failure; less by as much is said, so that the file can follow. With
--update the file gets the counts of PROGRAM. They are of the machine code, not of a machine:
another compiler makes others, another processor does not.
"""
import sys

import count
import rows

TOLERANCE = 5


def read(path):
    """The lines of the file, and {row: count}."""
    with open(path, encoding="utf-8") as f:
        lines = f.read().splitlines()
    pairs = [line.split() for line in lines if line and not line.startswith("#")]
    return lines, {name: float(value) for name, value in pairs}


def update(path, lines, counts):
    changed = []
    for line in lines:
        name = line.partition(" ")[0]
        changed.append("%-12s %.1f" % (name, counts[name]) if name in counts else line)
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(changed) + "\n")


def main():
    program, path = sys.argv[1:3]
    lines, expected = read(path)
    counts = count.count_all([program], [rows.BY_NAME[name] for name in expected])
    if sys.argv[3:] == ["--update"]:
        update(path, lines, counts)
        return 0
    worse = 0
    for name, before in expected.items():
        change = 100 * (counts[name] - before) / before
        verdict = "MORE" if change > TOLERANCE else "less" if change < -TOLERANCE else ""
        worse += verdict == "MORE"
        print("%-12s %8.1f instructions per %-8s %8.1f expected  %+6.1f %%  %s"
              % (name, counts[name], rows.BY_NAME[name].unit, before, change, verdict))
    if worse:
        print("error: %d of %d cost over %d %% more than %s says. If that is meant:\n"
              "    test/bench/check_counts.py PROGRAM %s --update" % (worse, len(expected), TOLERANCE, path, path))
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
