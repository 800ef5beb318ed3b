"""The parts of a page of docs/ that are programs."""
import re


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def blocks(text):
    """Each indented block as its first line's number and its text."""
    found, lines, first = [], [], 0
    for number, line in enumerate(text.split("\n") + ["end"], 1):
        if line.startswith("    ") or (lines and not line):
            first = first if lines else number
            lines.append(line[4:])
        elif lines:
            found.append((first, "\n".join(lines).rstrip()))
            lines = []
    return found


def commands(text):
    """What stands behind the prompts of the fenced blocks of a console."""
    consoles = re.findall(r"^```console\n(.*?)^```$", text, re.M | re.S)
    return re.findall(r"^\$ (.*)$", "".join(consoles), re.M)


def defines(block):
    """Whether a block has definitions of functions, not statements."""
    return re.search(r"^[a-z].*\)(?: +/\*.*\*/)?\n\{$", block, re.M) is not None
