"""proxy.py PROXY: bytes both ways, half-closed connections, idle times."""
import socket
import sys
import threading
import time

from server import Server, check, serve_each

IDLE_MS = 1000
NEVER_IDLE_MS = 60000


def upstream():
    """A server that echoes, and says goodbye when the client has sent everything."""
    def serve(s):
        with s:
            try:
                while data := s.recv(65536):
                    s.sendall(data)
                s.sendall(b"goodbye")
            except OSError:
                pass

    return serve_each(serve)


def read_all(s):
    parts = []
    while data := s.recv(65536):
        parts.append(data)
    return b"".join(parts)


def carry(proxy, size):
    data = bytes(i * 7 % 251 for i in range(size))
    with proxy.connect() as s:
        def send():
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)
        sender = threading.Thread(target=send)
        sender.start()
        got = read_all(s)
        sender.join()
    check(got == data + b"goodbye", "%d bytes became %d" % (size, len(got)))


def many_at_once(proxy):
    threads = [threading.Thread(target=carry, args=(proxy, 1000 * i)) for i in range(30)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    closed = sorted(int(proxy.line().split()[2]) for _ in threads)
    check(closed == [2000 * i + 7 for i in range(30)], "wrong numbers of bytes: %s" % closed)


def idle(proxy):
    with proxy.connect() as s:
        start = time.monotonic()
        for _ in range(12):
            # Moves often enough, for much longer than the idle time in all.
            time.sleep(IDLE_MS / 4000)
            before_last = time.monotonic()
            s.sendall(b"tick")
            check(s.recv(100) == b"tick", "not echoed")
        after_last = time.monotonic()
        check(read_all(s) == b"", "more than nothing")
        ended = time.monotonic()
    check(after_last - start > 2 * IDLE_MS / 1000, "the test is too fast")
    # The last byte moved between the two times, however late this process was to look.
    check(ended - before_last >= IDLE_MS / 1000 * 0.99, "closed after %.3f s" % (ended - before_last))
    check(ended - after_last < IDLE_MS / 1000 + 5, "closed after %.3f s" % (ended - after_last))


def main(program):
    port = upstream()
    with Server([program, "0", "127.0.0.1", str(port), str(NEVER_IDLE_MS)]) as proxy:
        carry(proxy, 3000000)
        print(proxy.line())
        many_at_once(proxy)
        print("many at once")
    with Server([program, "0", "127.0.0.1", str(port), str(IDLE_MS)]) as proxy:
        idle(proxy)
        print(proxy.line())
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with Server([program, "0", "127.0.0.1", str(unused.getsockname()[1]), "1000"]) as proxy:
            with proxy.connect() as s:
                check(read_all(s) == b"", "more than nothing")
            print(proxy.line())


main(*sys.argv[1:])
