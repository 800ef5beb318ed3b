"""quoted.py FILE.md WORD < OUTPUT: the blocks of the page that have the word quote the output.

Each line of an indented block in which WORD occurs, commands left out, has to be a line of
standard input, white space at both ends aside.
"""
import sys

page, word = sys.argv[1], sys.argv[2]
known = {line.strip() for line in sys.stdin}
with open(page, encoding="utf-8") as file:
    blocks = file.read().split("\n\n")
count, problems = 0, []
quoting = False
for block in blocks:
    quoting = block.startswith("    ") and (quoting or word in block)
    for line in block.splitlines() if quoting else []:
        if "$ " in line:
            continue
        count += 1
        if line.strip() not in known:
            problems.append("not so: " + line.strip())
print("%d lines" % count)
print("\n".join(problems))
sys.exit(1 if problems or count == 0 else 0)
