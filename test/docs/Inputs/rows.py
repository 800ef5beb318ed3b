"""Says which names of asyncc in the tables of the page for asyncio's users are in no code that runs.

rows.py PAGE TESTS. A name is what stands in the right column between backquotes: async_..., also as
...rest, ASYNC_..., an error, a member, or one identifier alone. It has to occur in the page's own
blocks, which the tests run, or where the row has a link, in the blocks of a page whose program one of
the tests compiles and runs. A row without a name says why there is none: it begins with "nothing".
"""
import glob
import os
import re
import sys

import page

NAME = re.compile(r"…_\w+|\b(?:async|ASYNC)_\w+|\bE[A-Z]{3,}\b|(?<=\.)\w+|^\w+$")
COMMENT_OR_STRING = re.compile(r'/\*.*?\*/|"(?:[^"\\\n]|\\.)*"', re.S)


def words(text):
    """The identifiers that the compiler sees, and those of commands."""
    code = "\n".join(block for _, block in page.blocks(text))
    return set(re.findall(r"\w+", COMMENT_OR_STRING.sub(" ", code) + "\n" + "\n".join(page.commands(text))))


def runs(target, tests):
    """Whether a test makes a program of the page's blocks, compiles it and runs what comes out."""
    for path in glob.glob(os.path.join(tests, "*.test")):
        lines = re.findall(r"^RUN: (.*)$", page.read(path), re.M)
        for line in lines:
            made = re.search(r"(?:blocks|program)\.py %%src/docs/%s .*> (\S+)\.c$" % re.escape(target), line)
            if made and any(re.match(r"(?:.*&& )?(?:env \S+ )?%s(?: |$)" % re.escape(made.group(1)), run) for run in lines):
                return True
    return False


def rows(text):
    """The cells of each line of a table below its head."""
    for table in re.findall(r"^\| asyncio \| asyncc \|\n\|---\|---\|\n((?:\|.*\n)+)", text, re.M):
        for line in table.splitlines():
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def names(cell, known):
    """The names in a cell; ...rest is of the family of the name before it."""
    before = ""
    for quoted in re.findall(r"`([^`]*)`", cell):
        for name in NAME.findall(quoted):
            if name.startswith("…"):
                family = [before[:end] + name[1:] for end in range(len(before), 5, -1)]
                name = next((full for full in family if full in known), name)
            yield name
            before = name if name.startswith("async_") else before


def main(path, tests):
    text = page.read(path)
    own, problems, count = words(text), [], 0
    for left, right in rows(text):
        count += 1
        known = set(own)
        for target in re.findall(r"\]\(([\w.]+)(?:#[\w-]+)?\)", right):
            if runs(target, tests):
                known |= words(page.read(os.path.join(os.path.dirname(path), target)))
            else:
                problems.append("%s: no test runs %s" % (left, target))
        wanted = list(names(right, known))
        missing = [name for name in wanted if name not in known]
        if missing:
            problems.append("%s: %s" % (left, " ".join(missing)))
        elif not wanted and "](" not in right and not right.startswith("nothing"):
            problems.append("%s: neither a name nor a reason" % left)
    print("%d rows, not executed: %d" % (count, len(problems)))
    print("\n".join(problems))
    return 1 if problems or not count else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
