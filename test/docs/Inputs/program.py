"""program.py FILE.md: prints the first indented block that includes asyncc.h."""
import re
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    blocks = re.findall(r"(?:^(?:    .*)?\n)+", file.read(), re.M)
for block in blocks:
    if "#include <asyncc.h>" in block:
        print(re.sub(r"^    ", "", block, flags=re.M).strip())
        break
else:
    sys.exit("no program in " + sys.argv[1])
