"""scan.py PORT_SCAN: finds the ports that are open on a loopback address, and no others."""
import socket
import subprocess
import sys

from server import check

HOST = "127.0.7.9"


def run(*args):
    done = subprocess.run([sys.argv[1], *args], capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout


listeners = [socket.create_server((HOST, 0)) for _ in range(5)]
ports = sorted(s.getsockname()[1] for s in listeners)
first, last = ports[0] - 50, min(ports[-1] + 50, 65535)
status, out = run(HOST, str(first), str(last))
expected = "".join("%d open\n" % port for port in ports) + "5 of %d\n" % (last - first + 1)
check(status == 0 and out == expected, "status %d: %s" % (status, out[:300]))
status, out = run("::1", str(ports[0]), str(ports[0]))
check(out.endswith("of 1\n"), out)
for wrong in (("192.0.2.1", "1", "9"), ("localhost", "1", "9"), (HOST, "9", "1"), (HOST, "0", "9"),
              (HOST, "1", "65536"), (HOST,)):
    check(run(*wrong) == (2, ""), "scanned %s" % " ".join(wrong))
print("found 5 of 5")
