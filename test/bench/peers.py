"""The programs of the benchmark: how each is built, run, and what it needs."""
import collections
import glob
import os
import shutil
import subprocess

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers")
OURS = os.path.join(os.path.dirname(HERE), "asyncc")
PYTHON = "/usr/bin/python3"

# speed: the class of sizes (see rows.py). build: commands, as lists of words. run: the command.
# counts: whether instructions of it can be counted (compiled, one thread, no collector).
# serves: for each of its servers what is put behind the name in tables, and the test.
# files: whether it has the tests of files. package: what to install when it does not build.
ECHO = (("", "echo"),)
LEAN = ECHO + (("-lean", "echolean"),)
PROTOCOL = ECHO + (("-protocol", "echoproto"),)
Program = collections.namedtuple("Program", "name speed build run counts serves files package")


def programs(asyncc, out):
    """Every program, the floor first, for an asyncc command and a folder for what is built."""
    binary = lambda name: os.path.join(out, "bin", name)
    sources = lambda pattern: sorted(glob.glob(pattern))
    found = []

    def add(name, speed, build, run=None, counts=False, serves=ECHO, files=False, package=""):
        found.append(Program(name, speed, build, run or [binary(name)], counts, serves, files, package))

    def native(name, command, inputs, **more):
        add(name, "c", [command + inputs + ["-o", binary(name)] + more.pop("libraries", [])], **more)

    floor = sources(os.path.join(HERE, "floor", "*.c"))
    ours = sources(os.path.join(OURS, "*.c"))
    native("floor", ["gcc", "-O2"], floor, counts=True, files=True, package="gcc")
    native("floor-clang", ["clang-19", "-O2"], floor, counts=True, serves=(), package="clang-19")
    native("asyncc", [asyncc, "-O2"], ours, counts=True, serves=LEAN, files=True)
    native("asyncc-gcc", [asyncc, "--asyncc-cc=gcc", "-O2"], ours, counts=True, serves=LEAN)
    for name, command in (("cpp20", ["clang++-19"]), ("cpp20-gcc", ["g++"])):
        native(name, command + ["-std=c++20", "-O2", "-DPOOL"], [os.path.join(HERE, "cpp20", "bench.cpp")],
               counts=True, serves=(), package="clang-19 g++")
    native("cpp20-malloc", ["clang++-19", "-std=c++20", "-O2"], [os.path.join(HERE, "cpp20", "bench.cpp")],
           counts=True, serves=(), package="clang-19 g++")
    native("asio", ["clang++-19", "-std=c++20", "-O2"], [os.path.join(HERE, "asio", "bench.cpp")],
           counts=True, package="clang-19 libboost1.81-dev")
    add("tokio", "c", tokio(out), counts=True, files=True, package="cargo librust-tokio-dev")
    add("go", "c", [["env", "GO111MODULE=off", "GOCACHE=" + os.path.join(out, "gocache"), "go", "build", "-o",
                     binary("go"), os.path.join(HERE, "go", "main.go")]],
        run=["env", "GOMAXPROCS=1", binary("go")], package="golang-go")
    native("libuv", ["gcc", "-O2"], sources(os.path.join(HERE, "libuv", "*.c")), libraries=["-luv"], files=True,
           package="libuv1-dev")
    add("node", "m", [["node", "--version"]], run=["node", os.path.join(HERE, "node", "bench.js")],
        package="nodejs")
    add("vala", "s", [["valac", "--pkg", "gio-2.0", "-X", "-O2", "-X", "-w", "-X", "-I" + HERE, "-o",
                       binary("vala"), os.path.join(HERE, "vala", "bench.vala")]], serves=(),
        package="valac libglib2.0-dev")
    python = [PYTHON, os.path.join(HERE, "python", "bench.py")]
    add("asyncio", "s", [[PYTHON, "--version"]], run=python, serves=PROTOCOL, package="python3")
    add("uvloop", "s", [[PYTHON, "-c", "import uvloop"]], run=["env", "PEER_LOOP=uvloop"] + python,
        serves=PROTOCOL, package="python3-uvloop")
    return found


def tokio(out):
    """Cargo writes beside its manifest, so the sources are copied; crates are Debian's."""
    folder = os.path.join(out, "tokio")
    return [["mkdir", "-p", folder],
            ["cp"] + [os.path.join(HERE, "tokio", name) for name in ("Cargo.toml", "main.rs", "files.rs")] + [folder],
            ["cargo", "build", "-q", "--offline", "--release",
             "--manifest-path", os.path.join(folder, "Cargo.toml"), "--target-dir", os.path.join(folder, "target"),
             "--config", 'source.crates-io.replace-with="debian"',
             "--config", 'source.debian.directory="/usr/share/cargo/registry"'],
            ["cp", os.path.join(folder, "target", "release", "tokio"), os.path.join(out, "bin", "tokio")]]


def client(out):
    """The load for servers; gives its command."""
    path = os.path.join(out, "bin", "echo_client")
    subprocess.run(["gcc", "-O2", os.path.join(HERE, "load", "echo_client.c"), "-o", path], check=True)
    return [path]


def build(program, out, log):
    """None, or in one line why there is no such program."""
    os.makedirs(os.path.join(out, "bin"), exist_ok=True)
    for command in program.build:
        missing = [word for word in command[:1] if not shutil.which(word)]
        if missing:
            return "no %s%s" % (missing[0], hint(program))
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            log.write("$ %s\n%s%s\n" % (" ".join(command), done.stdout, done.stderr))
            return "%s%s" % (first_error(done.stderr), hint(program))
    return None


def hint(program):
    return ", install " + program.package if program.package else ""


def first_error(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line or "Error" in line]
    return (errors or lines or ["does not build"])[0][:120]
