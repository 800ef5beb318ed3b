"""Every message of the transform has an entry in the documentation.

Usage: documented.py SOURCE_DIR

Collects the formats of errors and warnings from transform/*.c, and looks for each, with
anything in the place of %s and %d, in a heading or quotation of docs/errors.md or
docs/warnings.md; and the other way round, for entries of which there is no message.
"""
import glob
import os
import re
import sys

CALL = re.compile(r"\b(?:error_at|warn_at)\(")
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


def formats(text):
    """The string of each call: adjacent literals, at the parentheses' own level."""
    for call in CALL.finditer(text):
        first = STRING.search(text, call.end())
        if not first or text.find(";", call.end()) < first.start():
            continue
        parts, end = [first.group(1)], first.end()
        while True:
            more = re.compile(r"\s*" + STRING.pattern).match(text, end)
            if not more:
                break
            parts.append(more.group(1))
            end = more.end()
        yield "".join(parts)


def pattern(format):
    pieces = re.split(r"%(?:lld|d|u|zu|s)", format)
    return re.compile("^" + ".*".join(re.escape(piece) for piece in pieces) + "$")


def entries(source):
    """Headings and quotations, those of link time and run time left out."""
    for name in ("errors.md", "warnings.md"):
        with open(os.path.join(source, "docs", name), encoding="utf-8") as page:
            for line in page:
                if line.startswith("# At "):
                    break
                if line.startswith(("## ", "> ")):
                    yield line.lstrip("#> ").rstrip()


def main(source):
    documented = list(entries(source))
    problems, used, count = [], set(), 0
    for path in sorted(glob.glob(os.path.join(source, "transform", "*.c"))):
        with open(path, encoding="utf-8") as file:
            for format in formats(file.read()):
                if format == "%s":
                    continue
                count += 1
                found = [entry for entry in documented if pattern(format).match(entry)]
                used.update(found)
                if not found:
                    problems.append("no entry: %s: %s" % (os.path.basename(path), format))
    problems += ["no such message: " + entry for entry in documented if entry not in used]
    print("%d messages, %d entries" % (count, len(documented)))
    print("\n".join(problems))
    return 1 if problems or count < 20 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
