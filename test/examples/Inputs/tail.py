"""tail.py TAIL_LOG DIRECTORY: lines as they are written, in pieces, through renaming, cutting and
replacing of files."""
import os
import subprocess
import sys

from server import check

os.makedirs(sys.argv[2], exist_ok=True)
os.chdir(sys.argv[2])
for name in os.listdir("."):
    os.remove(name)


def append(name, text):
    with open(name, "a", encoding="utf-8") as file:
        file.write(text)


append("a.log", "old\n")
tail = subprocess.Popen([sys.argv[1], "a.log", "./b.log"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                        text=True)
check(tail.stderr.readline() == "following 2 files\n", "it does not start")


def expect(*lines):
    for line in lines:
        got = tail.stdout.readline()
        check(got == line + "\n", "%r instead of %r" % (got, line))


append("a.log", "one\ntwo\nthr")
expect("a.log: one", "a.log: two")
append("a.log", "ee\n")
expect("a.log: three")
append("b.log", "new file\n")
expect("b.log: new file")
append("other.log", "not ours\n")
# Cut short: what is there is new.
with open("a.log", "w", encoding="utf-8") as cut:
    cut.write("cut\n")
expect("a.log: cut")
# Turned over: the rest of the old file, its last line without an end, and the new one.
append("a.log", "last\nunfinished")
os.rename("a.log", "a.log.1")
append("a.log", "first of the next\n")
expect("a.log: last", "a.log: unfinished", "a.log: first of the next")
# Replaced at one stroke.
append("a.tmp", "replaced\n")
os.rename("a.tmp", "a.log")
expect("a.log: replaced")
append("b.log", "x" * 70000 + "\n")
expect("b.log: " + "x" * 65536, "b.log: " + "x" * (70000 - 65536))
for i in range(300):
    append("a.log", "%d\n" % i)
    append("b.log", "%d\n" % -i)
lines = [tail.stdout.readline() for _ in range(600)]
check([l for l in lines if l[0] == "a"] == ["a.log: %d\n" % i for i in range(300)], "lines of a")
check([l for l in lines if l[0] == "b"] == ["b.log: %d\n" % -i for i in range(300)], "lines of b")
check(tail.poll() is None, "it has ended")
tail.kill()
tail.communicate()
print("followed")
