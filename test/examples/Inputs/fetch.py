"""fetch.py FETCHER: fetches files from an nginx of its own, concurrently, and compares them."""
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from nginx import Nginx
from server import check

LOCATIONS = """
        location /slow/ { alias WWW/; limit_rate 20k; }
        location /chunked/ { alias WWW/; ssi on; ssi_types *; }
"""


def make_files(folder):
    random.seed(4711)
    sizes = [0, 1, 17, 8191, 8192, 8193, 20000, 300000, 2000000] + [20000 + i for i in range(24)]
    for i, size in enumerate(sizes):
        with open(os.path.join(folder, "f%d" % i), "wb") as file:
            file.write(random.randbytes(size))
    return ["f%d" % i for i in range(len(sizes))]


def fetch(fetcher, folder, urls, status=0):
    out = os.path.join(folder, "out")
    shutil.rmtree(out, ignore_errors=True)
    os.mkdir(out)
    start = time.monotonic()
    done = subprocess.run([fetcher, out] + urls, text=True, capture_output=True, timeout=60, check=False)
    check(done.returncode == status and not done.stderr,
          "status %d\n%s%s" % (done.returncode, done.stdout, done.stderr))
    return done.stdout.splitlines(), time.monotonic() - start


def compare(folder, names):
    for name in names:
        with open(os.path.join(folder, "www", name), "rb") as a, \
             open(os.path.join(folder, "out", name), "rb") as b:
            check(a.read() == b.read(), name + " differs")


def main(fetcher):
    folder = tempfile.mkdtemp(prefix="asyncc-fetch-")
    os.mkdir(os.path.join(folder, "www"))
    names = make_files(os.path.join(folder, "www"))
    nginx = Nginx(folder, LOCATIONS)
    try:
        base = "http://127.0.0.1:%d/" % nginx.port
        for path in ("", "chunked/"):
            lines, _ = fetch(fetcher, folder, [base + path + name for name in names])
            compare(folder, names)
            print("%s%s, equal" % (path, lines[-1]))
        small = names[-24:]
        lines, seconds = fetch(fetcher, folder, [base + "slow/" + name for name in small])
        compare(folder, small)
        print("slow: " + lines[-1])
        # Each takes about a second at the rate allowed, 24 of them one after another 24.
        check(seconds < 8, "not concurrent: %.1f s" % seconds)
        print("concurrent")
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            lines, _ = fetch(fetcher, folder, [base + "f1", base + "missing",
                                               "http://localhost:%d/f2" % nginx.port,
                                               "http://127.0.0.1:%d/x" % unused.getsockname()[1],
                                               "ftp://wrong/"], 1)
        print("\n".join(lines))
        compare(folder, ["f1", "f2"])
    finally:
        nginx.stop()
        shutil.rmtree(folder)


main(*sys.argv[1:])
