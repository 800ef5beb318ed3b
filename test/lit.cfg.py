"""Set-up of the lit suites. A test is a .c or .test file with RUN lines.

Substitutions (besides lit's own)
    %asyncc               the asyncc command of this build tree
    %gcc                  the same with gcc as the compiler behind the transform
    %clang19 %clang14     clang with our plugin and headers; linking takes %runtime_link
    %plugin19 %plugin14   the plugins themselves
    %cc_plain             clang 19 without asyncc, warnings as errors: what an editor sees
    %runtime_link         the runtime and what it needs, for a link line
    %exec                 builds and compares one program in every configuration (exec/run.py)
    %examples %build %src folders: the examples, the build tree, the source tree
    %python               the Python that runs lit
    FileCheck not count split-file    LLVM's test utilities

Features: llvm19 llvm14 gcc (usable with asyncc here), gdb valgrind nginx nc csmith glib curl sqlite
(installed), redis postgresql (library and server installed), cares tls (built), the machine's kind, such
as x86_64, and runtime-gcc12-optimised (what the runtime here was built by).
"""
import glob
import os
import platform
import shutil
import subprocess
import sys

import lit.formats

sys.path.insert(0, os.path.dirname(__file__))
from tools import Tools, llvm_tool

tools = Tools(config.asyncc_source, config.asyncc_build)

config.name = "asyncc"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".c", ".test"]
config.excludes = ["Inputs", "CMakeLists.txt", "fuzz"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.asyncc_build, "test")

for name in ("HOME", "TMPDIR", "ASYNC_EVERY", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "EXEC_ONLY", "EXEC_KEEP"):
    if name in os.environ:
        config.environment[name] = os.environ[name]
config.environment["ASYNCC_BUILD"] = config.asyncc_build


def command(words):
    return " ".join(words) if words else "not-available"


def substitute(name, value):
    # Longest name first, so that %clang19 is not read as %clang and 19.
    config.substitutions.append((r"%" + name + r"\b", value))


substitute("asyncc", tools.asyncc)
substitute("gcc", command([tools.asyncc, "--asyncc-cc=gcc"]))
for version in (19, 14):
    substitute("clang%d" % version, command(tools.clang_with_plugin(version)))
    substitute("plugin%d" % version, tools.plugin[version] or "not-available")
    if tools.clang_with_plugin(version):
        config.available_features.add("llvm%d" % version)
substitute("cc_plain", command([tools.clang[19] or tools.clang[14] or "clang", "-I" + tools.include,
                                "-Wall", "-Wextra", "-Werror"]))
substitute("runtime_link", command(tools.runtime_link()))
substitute("exec", command([sys.executable, os.path.join(config.test_source_root, "exec", "run.py"),
                            config.asyncc_build]))
substitute("examples", os.path.join(config.asyncc_source, "examples"))
substitute("build", config.asyncc_build)
substitute("src", config.asyncc_source)
substitute("python", sys.executable)
for name in ("FileCheck", "split-file", "count", "not"):
    config.substitutions.append((r"(?<![-\w./])" + name + r"(?![-\w.])", llvm_tool(name) or name))

config.available_features.add(platform.machine())
if config.asyncc_runtime_compiler.startswith("GNU 12.") and config.asyncc_build_type in ("RelWithDebInfo", "Release"):
    config.available_features.add("runtime-gcc12-optimised")
if tools.gcc:
    config.available_features.add("gcc")
def installed(program):
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def known(package):
    return shutil.which("pkg-config") and not subprocess.call(["pkg-config", "--exists", package])


for name, usable in (
        ("glib", known("glib-2.0")),
        ("curl", known("libcurl")),
        ("sqlite", known("sqlite3")),
        ("redis", known("hiredis") and installed("redis-server")),
        ("postgresql", known("libpq") and glob.glob("/usr/lib/postgresql/*/bin/postgres"))):
    if usable:
        config.available_features.add(name)
if os.path.exists(os.path.join(config.asyncc_build, "lib", "libasyncc_cares.a")):
    config.available_features.add("cares")
if shutil.which("pkg-config") and not subprocess.call(["pkg-config", "--exists", "glib-2.0"]):
    config.available_features.add("glib")
for name in ("cares", "tls"):
    if os.path.exists(os.path.join(config.asyncc_build, "lib", "libasyncc_%s.a" % name)):
        config.available_features.add(name)
for name in ("gdb", "valgrind", "nginx", "nc", "csmith"):
    if installed(name):
        config.available_features.add(name)
