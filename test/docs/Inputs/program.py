"""program.py FILE.md [N]: prints the first, or N-th, indented block that includes asyncc.h."""
import re
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    blocks = re.findall(r"(?:^(?:    .*)?\n)+", file.read(), re.M)
programs = [block for block in blocks if "#include <asyncc.h>" in block]
number = int(sys.argv[2]) if len(sys.argv) > 2 else 1
if len(programs) < number:
    sys.exit("no such program in " + sys.argv[1])
print(re.sub(r"^    ", "", programs[number - 1], flags=re.M).strip())
