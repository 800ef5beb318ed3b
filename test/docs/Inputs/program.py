"""program.py FILE.md [N]: prints the first, or N-th, indented block that includes asyncc.h."""
import sys

import page

programs = [block for _, block in page.blocks(page.read(sys.argv[1])) if "#include <asyncc.h>" in block]
number = int(sys.argv[2]) if len(sys.argv) > 2 else 1
if len(programs) < number:
    sys.exit("no such program in " + sys.argv[1])
print(programs[number - 1])
