"""hash.py HASH-FILES DIRECTORY: compares with what Python makes of the same files."""
import os
import shutil
import subprocess
import sys

from server import check

hasher, root = sys.argv[1], sys.argv[2]


def fnv(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


shutil.rmtree(root, ignore_errors=True)
os.makedirs(root + "/some/where/deep")
contents = {"empty": b"", "large": bytes(i * 7 % 251 for i in range(200000)),
            "some/where/deep/file": b"deep\n"}
for i in range(200):
    contents["some/%d" % i] = b"x" * i
for name, data in contents.items():
    with open(os.path.join(root, name), "wb") as file:
        file.write(data)
os.symlink(".", root + "/some/loop")
os.symlink("empty", root + "/link")

wanted = ["%016x  %s" % (fnv(data), os.path.join(root, name)) for name, data in contents.items()]
done = subprocess.run([hasher, root], capture_output=True, text=True, timeout=60, check=False)
lines = done.stdout.splitlines()
check(done.returncode == 0 and not done.stderr, done.stderr)
check(sorted(lines[:-1]) == sorted(wanted), "other files or other hashes")
check(lines[-1] == "%d files, %d bytes" % (len(contents), sum(map(len, contents.values()))), lines[-1])
done = subprocess.run([hasher, root + "/nothing"], capture_output=True, text=True, timeout=60,
                      check=False)
check(done.returncode == 1 and "No such file" in done.stderr, done.stderr)
print("%d files and no others" % len(contents))
