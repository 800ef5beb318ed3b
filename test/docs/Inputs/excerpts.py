"""excerpts.py FILE.md FOLDER: each fenced block of C on the page stands in a file of the folder."""
import glob
import os
import re
import sys

with open(sys.argv[1], encoding="utf-8") as page:
    blocks = re.findall(r"^```c\n(.*?)^```$", page.read(), re.M | re.S)
texts = []
for name in glob.glob(os.path.join(sys.argv[2], "*.[ch]")):
    with open(name, encoding="utf-8") as file:
        texts.append(file.read())
missing = [block for block in blocks if not any("\n" + block in text for text in texts)]
print("%d excerpts" % len(blocks))
print("\n".join("nowhere:\n" + block for block in missing))
sys.exit(1 if missing or not blocks else 0)
