"""commands.py FILE.md: the commands of the page's fenced blocks of a console."""
import sys

import page

print("\n".join(page.commands(page.read(sys.argv[1]))))
