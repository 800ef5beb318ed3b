"""Builds one construct test in every configuration and compares what it prints.

    run.py BUILD_DIR TEST.c

The oracle is the program with async and await erased, compiled by a plain compiler:
standard output and exit status must be equal to it, for every compiler, optimisation
level, and whether the leaves of exec.h suspend or not. Comments in the test direct it:

    // OUT: line        the expected output, instead of the erased program's; what
                        follows "OUT:" and one space, or nothing for an empty line
    // STATUS: n        the expected exit status, with OUT (default 0)
    // ARGS: words      arguments of the program
    // WITH: file       one more source file, from exec/Inputs
    // CFLAGS: words    more options for every compiler
    // NOT-GCC: reason  a construct that gcc does not know
    // NOT-LLVM14: why  a construct that clang 14 does not know
    // REFUSED: regex   not covered: an error at this file that matches is wanted, and
                        no program
    // ERASED-NOT-GCC: why   the erased form is checked without gcc
    // NOT-ERASED: why  the erased form is not C (needs OUT)

Environment: EXEC_ONLY restricts the configurations (regular expression over names
such as clang19-O2, gcc-O0, asan), EXEC_KEEP keeps the programs. EXEC_ONLY=erased
compiles and runs only the erased program, with every plain compiler and sanitizers.
"""
import os
import re
import shlex
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from programs import (COMPILE_TIMEOUT, MODES, SANITIZE, Failure, cells, compare, compile_program,
                      run_program, shown)
from tools import Tools

HERE = os.path.dirname(os.path.abspath(__file__))
WARNINGS = ["-Wall", "-Wextra", "-Werror"]
LEVELS = ("-O0", "-O2")


class Test:
    """A test's source and what its comments say."""

    def __init__(self, path):
        self.path = os.path.abspath(path)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.args = shlex.split(" ".join(self.all("ARGS", text)))
        self.cflags = shlex.split(" ".join(self.all("CFLAGS", text)))
        self.sources = [self.path] + [os.path.join(HERE, "Inputs", name.strip())
                                      for name in self.all("WITH", text)]
        self.not_gcc = bool(self.all("NOT-GCC", text))
        self.not_llvm14 = bool(self.all("NOT-LLVM14", text))
        self.erased_not_gcc = self.not_gcc or bool(self.all("ERASED-NOT-GCC", text))
        self.refused = self.all("REFUSED", text)
        self.not_erased = bool(self.all("NOT-ERASED", text))
        self.expected = None
        out = self.all("OUT", text)
        if out:
            status = self.all("STATUS", text)
            self.expected = ("".join(line + "\n" for line in out), int(status[0]) if status else 0)

    @staticmethod
    def all(key, text):
        return re.findall(r"^// %s:[ ]?(.*)$" % key, text, re.M)


def configurations(tools, test):
    """The cells that this test is for."""
    missing = ["gcc"] * test.not_gcc + ["clang14"] * test.not_llvm14
    return [cell for cell in cells(tools, LEVELS) if cell.compiler not in missing]


def erased_configurations(tools, test):
    found = [("erased-clang19", [tools.clang[19]] + SANITIZE)]
    if tools.clang[14] and not test.not_llvm14:
        found.append(("erased-clang14", [tools.clang[14], "-O2"]))
    if tools.gcc and not test.erased_not_gcc:
        found.append(("erased-gcc", [tools.gcc, "-O2"]))
    return found


def oracle(tools, test, folder):
    """What the program has to print, and its exit status."""
    if test.expected:
        return test.expected
    program = os.path.join(folder, "erased")
    compiler = tools.clang[19] or tools.gcc
    compile_program([compiler, "-DERASED", "-O0", "-I" + HERE, "-w"] + test.cflags + test.sources, program)
    done = run_program(program, test.args, {})
    if done.returncode < 0:
        raise Failure("erased", "the erased program dies of signal %d" % -done.returncode)
    return done.stdout, done.returncode


def check_erased(tools, test, folder):
    names = []
    first = None
    if test.not_erased:
        return ["(not erasable)"]
    for name, command in erased_configurations(tools, test):
        program = os.path.join(folder, name)
        compiled = compile_program(command + WARNINGS + ["-DERASED", "-I" + HERE] + test.cflags
                                   + test.sources, program)
        names.append(name)
        if test.expected:
            continue
        done = run_program(program, test.args, {})
        if done.returncode < 0 or "Sanitizer" in done.stderr or "runtime error" in done.stderr:
            raise Failure("erased", "%s: status %d\n%s" % (name, done.returncode, done.stderr))
        first = first or (done.stdout, done.returncode)
        compare(first, done, {}, compiled)
    if first and not first[0]:
        raise Failure("erased", "the program prints nothing")
    return names


def check_refused(tools, test, folder, only):
    names = []
    for name, _, command, link, _ in configurations(tools, test):
        if not name.endswith("-O0") or (only and not re.search(only, name)):
            continue
        names.append(name + " (refused)")
        program = os.path.join(folder, name)
        command = command + ["-I" + HERE] + test.cflags + test.sources + link + ["-o", program]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace",
                              timeout=COMPILE_TIMEOUT)
        wanted = re.escape(os.path.basename(test.path)) + r":\d+:\d+: error: .*" + test.refused[0]
        if done.returncode != 1 or not re.search(wanted, done.stderr) or os.path.exists(program):
            raise Failure("not refused", "is not refused as it should be (status %d)\n$ %s\n%s"
                          % (done.returncode, shown(command), done.stderr))
    return names


def check_transformed(tools, test, folder, only):
    if test.refused:
        return check_refused(tools, test, folder, only)
    expected = oracle(tools, test, folder)
    names = []
    failures = []
    for name, _, command, link, _ in configurations(tools, test):
        if only and not re.search(only, name):
            continue
        names.append(name)
        program = os.path.join(folder, name)
        try:
            compiled = compile_program(command + WARNINGS + ["-I" + HERE] + test.cflags + test.sources
                                       + link, program)
            for mode, extra in MODES:
                try:
                    done = run_program(program, test.args, extra)
                    compare(expected, done, extra, compiled)
                except Failure as failure:
                    failures.append("%s, %s: %s" % (name, mode, failure))
        except Failure as failure:
            failures.append("%s: %s" % (name, failure))
    if failures:
        raise Failure("failures", "\n".join(failures))
    return names


def main(build, path):
    source = os.path.dirname(os.path.dirname(HERE))
    tools = Tools(source, os.path.abspath(build))
    test = Test(path)
    folder = os.path.join(tools.build, "test", "exec.tmp",
                          os.path.relpath(test.path, HERE).replace("/", "-")[:-2])
    only = os.environ.get("EXEC_ONLY")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    try:
        if only == "erased":
            names = check_erased(tools, test, folder)
        else:
            names = check_transformed(tools, test, folder, only)
    except Failure as failure:
        print("%s: FAILED\n%s" % (path, failure))
        return 1
    if not os.environ.get("EXEC_KEEP"):
        shutil.rmtree(folder)
    print("%s: equal in %s" % (path, " ".join(names)))
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2]))
