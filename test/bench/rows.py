"""The rows of the benchmark: what is measured, how large, and what we hold ourselves to.

A program is called as `program TEST ARGUMENTS`. The sizes differ with the speed of the
program: c for compiled ones, m for medium ones, s for slow ones; None: not measured.
"""
import collections

# name: of the row in results; test: first argument of the program; sizes: arguments by
# class; count: the arguments of two sizes, and by how many operations they differ: the
# difference of the instructions, divided, is what an operation costs; unit: one operation.
Micro = collections.namedtuple("Micro", "name title unit test sizes count")


def micro(name, title, unit, test, c, m, s, count=None):
    return Micro(name, title, unit, test, {"c": c, "m": m, "s": s}, count)


MICRO = (
    micro("switch-2", "two tasks taking turns", "switch", "switch", "2 5000000", "2 2000000", "2 200000",
          ("2 10000", "2 30000", 20000)),
    micro("switch-10k", "10,000 tasks taking turns", "switch", "switch",
          "10000 5000000", "10000 2000000", "10000 200000", ("10000 50000", "10000 100000", 50000)),
    micro("fib", "recursion, every call awaited, none suspends", "call", "fib", "32", "22", "18",
          ("14", "18", 7144)),
    micro("chain10", "ten nested calls, none suspends", "chain", "chain", "2000000", "200000", "20000",
          ("1000", "3000", 2000)),
    micro("chain10-calls", "the same, nothing inlined", "chain", "chaincalls", "2000000", None, None,
          ("1000", "3000", 2000)),
    micro("leaf10", "ten nested calls, the innermost suspends", "chain", "leaf", "1000000", "200000", "20000",
          ("1000", "3000", 2000)),
    micro("leaf10-calls", "the same, nothing inlined", "chain", "leafcalls", "1000000", None, None,
          ("1000", "3000", 2000)),
    micro("tail", "1,000,000 nested tail awaits, each suspends", "call", "tail", "1000000", None, None,
          ("10000", "30000", 20000)),
    micro("compute", "a loop with an await every 10,000 rounds", "round", "compute", "20000", None, None,
          ("4", "8", 40000)),
    micro("spawn", "spawning and joining, 1000 at a time", "task", "spawn", "1000000", "500000", "50000",
          ("10000", "30000", 20000)),
    micro("group", "the same with a group", "task", "group", "1000000", None, None,
          ("10000", "30000", 20000)),
    micro("timeout", "a wait of one turn with a time limit", "wait", "timeout", "1000000", None, None,
          ("10000", "30000", 20000)),
    micro("offload", "the smallest call on another thread", "call", "offload", "100000", None, "20000"),
    micro("generator", "values of a generator", "value", "generator", "2000000", "500000", "100000",
          ("10000", "30000", 20000)),
    micro("skynet", "a tree of tasks, ten children each", "leaf", "skynet", "1000000", "1000000", "100000",
          ("1000", "10000", 9000)),
    micro("pingpong", "two tasks and two channels of 1", "message", "pingpong", "2000000", "300000", "50000",
          ("10000", "30000", 20000)),
    micro("chan128", "a channel of 128", "message", "chan", "2000000", "1000000", "100000",
          ("12800", "38400", 25600)),
    micro("unbounded", "an unbounded channel", "message", "unbounded", "2000000", None, "100000",
          ("12800", "38400", 25600)),
    micro("broadcast", "a broadcast to four tasks", "receipt", "broadcast", "2000000", None, "50000",
          ("12800", "38400", 25600)),
    micro("watch", "a watched value, each change seen", "change", "watch", "1000000", None, None,
          ("10000", "30000", 20000)),
    micro("select", "whichever of two channels has a value", "message", "select", "1000000", None, None,
          ("12800", "38400", 25600)),
    micro("mutex", "a mutex, free", "lock", "mutex", "2000000", None, "50000",
          ("1000", "3000", 2000)),
    micro("mutex-wait", "a mutex held over a suspension, ten tasks", "lock", "mutexwait",
          "1000000", None, "50000", ("10000", "30000", 20000)),
    micro("rwlock", "a lock for reading, free", "lock", "rwlock", "2000000", None, None,
          ("1000", "3000", 2000)),
    micro("rwlock-wait", "the same, ten tasks, one lock in ten for writing", "lock", "rwlockwait",
          "1000000", None, None, ("10000", "30000", 20000)),
    micro("sem", "a semaphore, free", "permit", "sem", "2000000", None, "50000",
          ("1000", "3000", 2000)),
    micro("sem-wait", "five permits held over a suspension, ten tasks", "permit", "semwait",
          "1000000", None, "50000", ("10000", "30000", 20000)),
    micro("event", "two tasks waking each other", "wake-up", "event", "1000000", None, "50000",
          ("10000", "30000", 20000)),
    micro("cond", "two tasks taking turns at a condition", "turn", "cond", "1000000", None, "50000",
          ("10000", "30000", 20000)),
    micro("barrier", "ten tasks meeting", "arrival", "barrier", "1000000", None, "50000",
          ("10000", "30000", 20000)),
    micro("once", "what is done once, afterwards", "call", "once", "2000000", None, None,
          ("1000", "3000", 2000)),
    micro("sleeping", "a task that sleeps, from spawn to end", "task", "sleepvirtual", None, None, None,
          ("10000", "30000", 20000)),
)

BY_NAME = {row.name: row for row in MICRO}

# Tests of files: one call of a program gives several figures. check: the arguments of a small one.
Files = collections.namedtuple("Files", "name title test size check")
FILES = (
    Files("file-read-1", "random 4 KiB reads, one at a time", "fileread", "50000 1", "500 1"),
    Files("file-read-32", "random 4 KiB reads, 32 under way", "fileread", "50000 32", "500 10"),
    Files("file-scan", "64 KiB reads one after another", "filescan", "8192", "100"),
    Files("file-fill", "64 KiB writes one after another", "filefill", "4096", "100"),
    Files("file-make", "10,000 files of 4 KiB made, 32 under way", "filemake", "10000 32", "100 10"),
    Files("file-load", "10,000 files opened, read, closed, 32 under way", "fileload", "10000 32", "100 10"),
    Files("file-stat", "stat of 10,000 files, 32 under way", "filestat", "10000 32", "100 10"),
    Files("file-stat-1", "stat of 10,000 files, one at a time", "filestat", "10000 1", "100 1"),
    Files("file-remove", "10,000 files removed, 32 under way", "fileremove", "10000 32", "100 10"),
)

# Rows that are not one call of a program and one figure per operation.
SLEEP = ("sleep", "a million tasks asleep")
SERVERS = (
    ("echo-50", "echo server, 50 connections"),
    ("echo-1000", "echo server, 1000 connections"),
    ("syscalls", "system calls of the echo server"),
    ("idle", "idle connections of the echo server"),
)
TITLES = dict([SLEEP] + list(SERVERS) + [(row.name, row.title) for row in MICRO + FILES])

METRICS = {
    "ns": "ns of CPU per operation",
    "instr": "instructions per operation",
    "bytes_per_task": "bytes per task",
    "us_per_task": "us of CPU per task",
    "syscalls": "system calls per request",
    "user_us": "us of CPU per request, without the kernel",
    "cpu_us": "us of CPU per request",
    "bytes": "bytes per connection",
    "growth_kb": "kB more than before",
    "wall_us": "us per operation",
    "median_us": "us, median",
    "p99_us": "us, 99 % within",
    "cpu_each_us": "us of CPU per operation",
}

def each(metric, *names):
    return tuple((name, metric, name) for name in names)


CALLS = ("switch-2", "switch-10k", "fib", "chain10", "leaf10")
CHANNELS = ("pingpong", "chan128", "unbounded", "broadcast", "watch", "select")
LOCKS = ("mutex", "rwlock", "sem", "mutex-wait", "rwlock-wait", "sem-wait", "event", "cond")
def of_files(metric):
    return tuple((row.name, metric, row.name[len("file-"):]) for row in FILES)


OTHERS = ("timeout", "generator", "barrier", "once")
# Groups of the tables: title, and the columns: row, metric, head.
GROUPS = (
    ("A million tasks asleep", (("sleep", "bytes_per_task", "bytes/task"), ("sleep", "us_per_task", "CPU, us/task"))),
    ("Switches and calls, ns", each("ns", *CALLS)),
    ("Tasks, ns", each("ns", "spawn", "group", "skynet", "tail", "compute")),
    ("Channels, ns", each("ns", *CHANNELS)),
    ("Synchronisation, ns", each("ns", *LOCKS)),
    ("Groups, limits, generators, meetings, ns", each("ns", "group", *OTHERS, "offload")),
    ("Echo server", (("syscalls", "syscalls", "syscalls"), ("echo-50", "instr", "instr"),
                     ("echo-50", "user_us", "50: user us"), ("echo-50", "cpu_us", "all us"),
                     ("echo-1000", "user_us", "1000: user us"), ("echo-1000", "cpu_us", "all us"),
                     ("idle", "bytes", "idle bytes"))),
    ("Files: throughput, us per operation", of_files("wall_us")),
    ("Files: latency, median, us", of_files("median_us")),
    ("Files: latency, 99 % within, us", of_files("p99_us")),
    ("Files: CPU, us per operation", of_files("cpu_each_us")),
    ("Instructions: switches and calls", each("instr", *CALLS, "chain10-calls", "leaf10-calls")),
    ("Instructions: tasks", each("instr", "spawn", "group", "skynet", "sleeping", "tail", "compute")),
    ("Instructions: channels", each("instr", *CHANNELS)),
    ("Instructions: synchronisation", each("instr", *LOCKS)),
    ("Instructions: groups, limits, generators, meetings", each("instr", "group", *OTHERS)),
)

# The table of the README: what, row, metric; and the programs.
SUMMARY = (
    ("a sleeping task, bytes", "sleep", "bytes_per_task"),
    ("a switch between 10,000 tasks, ns", "switch-10k", "ns"),
    ("an awaited call that need not wait, ns", "fib", "ns"),
    ("ten nested calls, the innermost waits, ns", "leaf10", "ns"),
    ("spawn and join, ns", "spawn", "ns"),
    ("a message over a channel of 128, ns", "chan128", "ns"),
    ("a contended mutex, ns", "mutex-wait", "ns"),
    ("an echo request, us with the kernel's part", "echo-50", "cpu_us"),
)
SUMMARY_PROGRAMS = ("floor", "asyncc", "cpp20", "tokio", "go", "node", "asyncio")

# What we hold ourselves to: row, metric, limit, and the program whose figure it is a multiple of,
# or None: the floor, or plain C from the same compiler. Where times are compared, the lowest of the
# rounds counts, as others use the machine too. What gcc makes of our programs may cost a quarter
# more.
Goal = collections.namedtuple("Goal", "row metric limit of")
GCC_MARGIN = 1.25
GOALS = (
    Goal("sleep", "bytes_per_task", 100, None),
    Goal("sleep", "us_per_task", 0.4, None),
    Goal("switch-2", "instr", 40, None),
    Goal("switch-10k", "instr", 40, None),
    Goal("fib", "instr", 25, None),
    Goal("fib", "ns", 1.6, "floor-clang"),
    Goal("chain10", "instr", 1.2, "floor"),
    Goal("leaf10", "instr", 223, None),
    Goal("leaf10", "ns", 60, None),
    Goal("spawn", "instr", 90, None),
    Goal("skynet", "instr", 350, None),
    Goal("pingpong", "instr", 1.5, "floor"),
    Goal("chan128", "instr", 1.5, "floor"),
    Goal("syscalls", "syscalls", 2.06, None),
    Goal("echo-50", "user_us", 0.45, None),
    Goal("echo-50", "cpu_us", 1.08, "floor"),
    Goal("idle", "bytes", 300, None),
    Goal("compute", "instr", 1.02, "floor-clang"),
    Goal("compute", "ns", 1.02, "floor-clang"),
    Goal("tail", "growth_kb", 64, None),
)
