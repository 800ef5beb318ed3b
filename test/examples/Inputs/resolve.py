"""resolve.py RESOLVER: many names at once, with a name server that takes its time."""
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

from server import check

NAMES = 500
DELAY = 0.2


class NameServer:
    """hN.test is 127.1.N/256.N%256 and ::N; no other name is there; 'mute' gets no answer. Answers take
    a while, however many are under way."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.asked = set()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            packet, who = self.socket.recvfrom(2000)
            end = packet.index(b"\0", 12)
            name = packet[13:end].decode().replace("\4", ".", 1)
            self.asked.add(name)
            if "mute" not in name:
                threading.Timer(DELAY, self.answer, (packet, who, name, end)).start()

    def answer(self, packet, who, name, end):
        kind = packet[end + 1:end + 3]
        number = int(name[1:-5]) if name[1:-5].isdigit() else -1
        known = name.endswith(".test") and number >= 0
        last = struct.pack(">H", max(number, 0))
        data = bytes([127, 1]) + last if kind == b"\0\1" else bytes(14) + last
        head = packet[:2] + (b"\x85\x80" if known else b"\x85\x83") + struct.pack(">4H", 1, known, 0, 0)
        record = b"\xc0\x0c" + kind + b"\0\1" + struct.pack(">IH", 60, len(data)) + data
        self.socket.sendto(head + packet[12:end + 5] + (record if known else b""), who)


def main(program):
    server = NameServer()
    names = ["h%d.test" % i for i in range(1, NAMES + 1)]
    start = time.monotonic()
    done = subprocess.run([program, "100", server.address], input="\n".join(names + ["gone.test", "", "127.0.0.9"]),
                          capture_output=True, text=True, timeout=60, check=False)
    seconds = time.monotonic() - start
    lines = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    for number, name in enumerate(names, 1):
        check(set(lines[name].split()) == {"127.1.%d.%d" % (number >> 8, number & 255), "::%x" % number},
              "%s: %s" % (name, lines[name]))
    check(lines["gone.test"] == "no such name" and lines["127.0.0.9"] == "127.0.0.9", "others: %s" % lines)
    check(done.returncode == 1 and done.stderr == "%d found, 1 not\n" % (NAMES + 1), done.stderr)
    check(seconds < NAMES * DELAY / 5, "one after another: %.1f s" % seconds)
    print("all found, side by side")

    busy = subprocess.Popen([program, "5", server.address], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)
    busy.stdin.write("h1.test\n" + "\n".join("mute%d.test" % i for i in range(20)) + "\n")
    busy.stdin.flush()
    check(busy.stdout.readline().startswith("h1.test: "), "no answer")
    busy.send_signal(signal.SIGTERM)
    _, err = busy.communicate(timeout=20)
    check(busy.returncode == 1 and "Operation canceled" in err, err)
    print("interrupted")


main(*sys.argv[1:])
