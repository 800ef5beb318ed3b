"""Says which async functions and which cases of async_select, of all that asyncc.h includes, no row
of the cancellation matrix awaits. A function that no row names counts for nothing.

uncovered.py INCLUDE TESTS...
"""
import os
import re
import sys

# Not in the matrix, and why.
EXCEPTIONS = {
    "async_generator_yield": "awaited by the generator alone, which closing and the loop's end cancel: generator.c",
}


def public_names(include):
    main_header = open(os.path.join(include, "asyncc.h")).read()
    headers = re.findall(r"#include <(asyncc/\w+\.h)>", main_header)
    text = "\n".join(open(os.path.join(include, header)).read() for header in headers)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    declared = set(re.findall(r"^_Async\s[^;{(]*?\b(async_\w+)\(", text, flags=re.M))
    macros = dict(re.findall(r"#define (async_[a-z]\w*)\(((?:[^\n]*\\\n)*[^\n]*)", text.replace("(\n", "(")))
    names = {name for name in declared if not name.startswith("async__")}
    for name, body in macros.items():
        if set(re.findall(r"\basync__\w+(?=\()", body)) & declared:
            names.add(name)
    names |= {name for name in macros if name.startswith("async_on_")}
    return names | {"async_join", "async_await_timeout", "async_for"}


def called(name, functions, seen):
    """What a function calls, by way of others of its file, too."""
    if name in seen or name not in functions:
        return set()
    seen.add(name)
    names = set(re.findall(r"\b(\w+)\s*\(", functions[name]))
    return names.union(*(called(other, functions, seen) for other in names))


def awaited_names(tests):
    names = set()
    for test in tests:
        text = open(test).read()
        functions = dict(re.findall(r"^async static \w+ (\w+)\([^)]*\)\n\{\n(.*?)^\}", text,
                                    flags=re.M | re.S))
        rows = re.findall(r"\bROW\((\w+)", text)
        for row in rows:
            if "do_" + row not in functions:
                sys.exit("%s: no function for the row %s" % (test, row))
            names |= called("do_" + row, functions, set())
    return names


def main():
    public = public_names(sys.argv[1])
    missing = public - awaited_names(sys.argv[2:]) - set(EXCEPTIONS)
    gone = set(EXCEPTIONS) - public
    for name in sorted(missing):
        print("not in the matrix: %s" % name)
    for name in sorted(gone):
        print("no such function any more: %s" % name)
    print("%d async functions and cases, %d missing" % (len(public), len(missing)))
    sys.exit(bool(missing or gone))


main()
