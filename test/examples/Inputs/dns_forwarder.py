"""dns_forwarder.py FORWARDER: questions and answers, from memory too, lost ones, nonsense."""
import socket
import struct
import sys
import threading

from server import Server, check


def question(number, name, rest=b"", additional=0):
    labels = b"".join(bytes([len(part)]) + part for part in name.split(b".")) + b"\0"
    return struct.pack(">6H", number, 0x0100, 1, 0, 0, additional) + labels + b"\0\1\0\1" + rest


class Upstream:
    """Answers with 192.0.2.N for the N-th question; drops the first of names with 'lost', is
    silent for 'mute', and sends wrong answers ahead of those for 'forged'."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.count, self.numbers, self.ports = 0, set(), set()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            packet, who = self.socket.recvfrom(2000)
            self.count += 1
            self.numbers.add(packet[:2])
            self.ports.add(who[1])
            if b"mute" in packet or (b"lost" in packet and self.count % 2):
                continue
            end = packet.index(b"\0", 12) + 5
            answer = packet[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + packet[12:end]
            answer += b"\xc0\x0c\0\1\0\1" + struct.pack(">IH", 60, 4) + bytes([192, 0, 2, self.count % 256])
            if b"forged" in packet:
                forged = bytes([packet[0] ^ 1]) + answer[1:-1] + b"\xff"
                other = answer[:13] + b"x" + answer[14:-1] + b"\xff"
                for wrong in (forged, other, b"", answer[:11], packet):
                    self.socket.sendto(wrong, who)
            self.socket.sendto(answer, who)


def ask(port, packet, timeout=10):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(timeout)
        s.connect(("127.0.0.1", port))
        s.send(packet)
        return s.recv(2000)


def main(command):
    upstream = Upstream()
    with Server([command, "0", "127.0.0.1", str(upstream.port)]) as server:
        first = ask(server.port, question(7, b"one.test"))
        check(first[:4] == b"\0\7\x81\x80" and first[-4:] == bytes([192, 0, 2, 1]), "answer %r" % first)
        again = ask(server.port, question(8, b"one.test"))
        check(again == b"\0\x08" + first[2:] and upstream.count == 1, "not from memory")
        # Who understands more is answered anew.
        ask(server.port, question(9, b"one.test", b"\0\0\x29\4\xd0\0\0\0\0\0\0", 1))
        check(upstream.count == 2, "another question was taken for the same")
        check(ask(server.port, question(1, b"forged.test"))[-1] != 0xff, "a forged answer was taken")

        upstream.count = 0
        answers = {}

        def one(i):
            answers[i] = ask(server.port, question(i, b"n%d.test" % i))

        threads = [threading.Thread(target=one, args=(i,)) for i in range(200)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        check(all(answers[i][:2] == struct.pack(">H", i) and b"n%d\4" % i in answers[i] for i in answers)
              and len(answers) == 200, "answers mixed up")
        check(len(upstream.numbers) > 150 and len(upstream.ports) > 20, "numbers that can be guessed")
        print("many at once")

        upstream.count = 0
        check(ask(server.port, question(5, b"lost.test"))[3] == 0x80, "not asked again")
        check(upstream.count == 2, "asked %d times" % upstream.count)
        for nonsense in (b"", b"x", b"\0" * 12, question(3, b"a.test")[:-1], b"\xff" * 40):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.sendto(nonsense, ("127.0.0.1", server.port))
        mute = ask(server.port, question(6, b"mute.test"), 20)
        check(mute[:4] == b"\0\6\x81\x82" and b"mute" in mute, "no word of failure: %r" % mute)
        check(ask(server.port, question(10, b"one.test"))[2:] == first[2:], "not from memory at the end")
        check(server.descriptors() < 12, "descriptors are left")
    print("all answered")


main(sys.argv[1])
