"""Builds programs in every configuration, runs them and compares what they print with
what the erased program prints. Shared by exec/run.py and differential/run.

A cell is one way to build a program: a compiler with its options. A mode is what the
program's leaves do when they are awaited.
"""
import collections
import difflib
import os
import re
import shlex
import subprocess

SANITIZE = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
# Each line: name of the mode, what it adds to the environment.
MODES = (
    ("eager", {"EXEC_MODE": "eager"}),
    ("suspend", {"EXEC_MODE": "suspend", "ASYNC_FORCE_SUSPEND": "1"}),
    ("mixed", {"EXEC_MODE": "mixed"}),
)
RUN_TIMEOUT = 30
COMPILE_TIMEOUT = 120

# command: the words that compile transformed programs; link: what their end needs;
# erased: the same compiler and options without asyncc.
Cell = collections.namedtuple("Cell", "name compiler command link erased")


class Failure(Exception):
    """What is wrong. kind is a short name that is the same for like failures."""

    def __init__(self, kind, text):
        super().__init__(text)
        self.kind = kind


def cells(tools, levels):
    """Every way to build transformed programs on this machine."""
    found = []
    asyncc = [tools.asyncc]
    for level in levels:
        found.append(Cell("clang19" + level, "clang19", asyncc + [level], [], [tools.clang[19], level]))
        if tools.clang_with_plugin(14):
            found.append(Cell("clang14" + level, "clang14", tools.clang_with_plugin(14) + [level],
                              tools.runtime_link(), [tools.clang[14], level]))
        if tools.gcc:
            found.append(Cell("gcc" + level, "gcc", asyncc + ["--asyncc-cc=gcc", level], [],
                              [tools.gcc, level]))
    found.append(Cell("asan", "clang19", asyncc + SANITIZE, [], [tools.clang[19]] + SANITIZE))
    return found


def shown(command):
    return " ".join(shlex.quote(word) for word in command)


def settings(extra):
    return " ".join("%s=%s" % item for item in extra.items())


def message_kind(text):
    """The first error of a compiler, without the names and numbers of the program."""
    found = re.search(r"error: (.*)|(PLEASE submit|Assertion.*failed|Segmentation fault|Stack dump)", text)
    if not found:
        return "silent"
    return re.sub(r"'[^']*'|\d+", "*", (found.group(1) or found.group(2)).split("; did you mean")[0])


def compile_program(command, program):
    command = command + ["-o", program]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace",
                              timeout=COMPILE_TIMEOUT)
    except subprocess.TimeoutExpired as late:
        raise Failure("compiler hangs", "does not compile within %d s\n$ %s"
                      % (COMPILE_TIMEOUT, shown(command))) from late
    if done.returncode != 0 or done.stderr:
        what = "does not compile" if done.returncode else "compiler is not silent"
        raise Failure("%s: %s" % (what, message_kind(done.stderr)), "%s (status %d)\n$ %s\n%s"
                      % (what, done.returncode, shown(command), done.stderr))
    return command


def run_program(program, args, extra, timeout=RUN_TIMEOUT):
    environment = dict(os.environ, **extra)
    command = [program] + args
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace",
                              env=environment, timeout=timeout, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired as late:
        output = (late.stdout or b"").decode(errors="replace")
        raise Failure("hangs", "does not end within %d s\n$ %s %s\n%s"
                      % (timeout, settings(extra), shown(command), output[-2000:])) from late
    return done


def run_kind(done, expected):
    sanitizer = re.search(r"Sanitizer: ([a-z-]+)|runtime error: (.*)", done.stderr)
    if sanitizer:
        return "sanitizer: %s" % re.sub(r"'[^']*'|0x[0-9a-f]+|\d+", "*", sanitizer.group(1) or sanitizer.group(2))
    if done.returncode < 0:
        return "signal %d" % -done.returncode
    return "status" if done.returncode != expected else "output"


def compare(expected, done, extra, compiled):
    output, status = expected
    if done.stdout == output and done.returncode == status:
        return
    diff = "\n".join(difflib.unified_diff(output.splitlines(), done.stdout.splitlines(),
                                          "expected", "printed", lineterm="", n=4))
    raise Failure(run_kind(done, status), "%s\n$ %s\n$ %s %s\n%s\n%s" % (
        "exit status %d, expected %d" % (done.returncode, status)
        if done.returncode != status else "prints something else",
        shown(compiled), settings(extra), shown(done.args), diff, done.stderr[-6000:]))
