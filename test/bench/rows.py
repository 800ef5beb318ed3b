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
    micro("switch-10k", "10,000 tasks taking turns", "switch", "switch", "10000 5000000", "10000 2000000", "10000 200000",
          ("10000 50000", "10000 100000", 50000)),
    micro("fib", "recursion, every call awaited, none suspends", "call", "fib", "29", "22", "18",
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
    micro("compute", "a loop with an await every 10,000 rounds", "round", "compute", "5000", None, None,
          ("4", "8", 40000)),
    micro("spawn", "spawning and joining, 1000 at a time", "task", "spawn", "1000000", "500000", "50000",
          ("10000", "30000", 20000)),
    micro("group", "the same with a group", "task", "group", "1000000", None, None,
          ("10000", "30000", 20000)),
    micro("skynet", "a tree of tasks, ten children each", "leaf", "skynet", "1000000", "1000000", "100000",
          ("1000", "10000", 9000)),
    micro("pingpong", "two tasks and two channels of 1", "message", "pingpong", "2000000", "300000", "50000",
          ("10000", "30000", 20000)),
    micro("chan128", "a channel of 128", "message", "chan", "2000000", "1000000", "100000",
          ("12800", "38400", 25600)),
    micro("unbounded", "an unbounded channel", "message", "unbounded", "2000000", "1000000", "100000",
          ("12800", "38400", 25600)),
    micro("broadcast", "a broadcast to four tasks", "receipt", "broadcast", "2000000", "500000", "50000",
          ("12800", "38400", 25600)),
    micro("watch", "a watched value, each change seen", "change", "watch", "1000000", None, None,
          ("10000", "30000", 20000)),
    micro("select", "whichever of two channels has a value", "message", "select", "1000000", None, None,
          ("12800", "38400", 25600)),
    micro("mutex", "a mutex, free", "lock", "mutex", "2000000", "500000", "50000",
          ("1000", "3000", 2000)),
    micro("mutex-wait", "a mutex held over a suspension, ten tasks", "lock", "mutexwait", "1000000", "500000", "50000",
          ("10000", "30000", 20000)),
    micro("rwlock", "a lock for reading, free", "lock", "rwlock", "2000000", None, None,
          ("1000", "3000", 2000)),
    micro("rwlock-wait", "the same, ten tasks, one lock in ten for writing", "lock", "rwlockwait", "1000000", None, None,
          ("10000", "30000", 20000)),
    micro("sem", "a semaphore, free", "permit", "sem", "2000000", "500000", "50000",
          ("1000", "3000", 2000)),
    micro("sem-wait", "five permits held over a suspension, ten tasks", "permit", "semwait", "1000000", "500000", "50000",
          ("10000", "30000", 20000)),
    micro("event", "two tasks waking each other", "wake-up", "event", "1000000", "500000", "50000",
          ("10000", "30000", 20000)),
    micro("cond", "two tasks taking turns at a condition", "turn", "cond", "1000000", "500000", "50000",
          ("10000", "30000", 20000)),
    micro("sleeping", "a task that sleeps, from spawn to end", "task", "sleepvirtual", None, None, None,
          ("10000", "30000", 20000)),
)

BY_NAME = {row.name: row for row in MICRO}
