"""executed.py FILE.md < COVERAGE: says which lines of the page's blocks were compiled and not run, of what
gcov --json-format says about the program that blocks.py makes of the page."""
import json
import os
import sys

import page

lines, counts = page.read(sys.argv[1]).split("\n"), {}
for file in json.load(sys.stdin)["files"]:
    if os.path.basename(file["file"]) == os.path.basename(sys.argv[1]):
        for line in file["lines"]:
            # The function itself and what it does after a suspension are functions of the one source.
            counts[line["line_number"]] = counts.get(line["line_number"], 0) + line["count"]
missed = [number for number in sorted(counts) if not counts[number] and lines[number - 1].strip()]
print("%d lines, not executed: %d" % (len(counts), len(missed)))
print("\n".join("%d: %s" % (number, lines[number - 1]) for number in missed))
sys.exit(1 if missed or not counts else 0)
