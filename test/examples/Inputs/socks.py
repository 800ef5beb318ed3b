"""socks.py SOCKS_SERVER: connections by address and name, with and without a password; refusals;
broken clients."""
import os
import socket
import struct
import sys
import threading

from server import Server, check, serve_each, wait_until


def upstream():
    def serve(s):
        with s:
            try:
                while data := s.recv(65536):
                    s.sendall(data)
                s.sendall(b"goodbye")
            except ConnectionResetError:
                pass # the client has left early

    return serve_each(serve)


def read_exactly(s, n):
    data = b""
    while len(data) < n:
        more = s.recv(n - len(data))
        check(more, "ended after %r" % data)
        data += more
    return data


def request(kind, host, port, command=1):
    return bytes([5, command, 0, kind]) + host + struct.pack(">H", port)


def by_name(name, port):
    return request(3, bytes([len(name)]) + name, port)


def talk(server, wanted, code, behind=b"", slowly=False):
    with server.connect() as s:
        s.sendall(b"\5\2\1\0")
        check(read_exactly(s, 2) == b"\5\0", "no method")
        if slowly:
            for byte in wanted:
                s.sendall(bytes([byte]))
        else:
            s.sendall(wanted + behind)
        answer = read_exactly(s, 10)
        check(answer == bytes([5, code, 0, 1]) + b"\0" * 6, "answer %r" % answer)
        if code:
            check(s.recv(1) == b"", "open after a failure")
            return
        data = os.urandom(300000)

        def send():
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        got = b""
        while more := s.recv(65536):
            got += more
        sender.join()
        check(got == behind + data + b"goodbye", "%d bytes came back" % len(got))


def main(command):
    port = upstream()
    closed = socket.create_server(("127.0.0.1", 0))
    closed_port = closed.getsockname()[1]
    closed.close()
    with Server([command, "0"]) as server:
        before = server.idle_descriptors()
        talk(server, request(1, b"\x7f\0\0\1", port), 0)
        talk(server, by_name(b"localhost", port), 0, b"at once")
        talk(server, by_name(b"127.0.0.1", port), 0, slowly=True)
        talk(server, request(1, b"\x7f\0\0\1", closed_port), 5)
        talk(server, request(4, b"\0" * 15 + b"\1", closed_port), 5)
        talk(server, request(1, b"\x7f\0\0\1", port, 2), 7)
        talk(server, request(9, b"", 0)[:4], 8)
        talk(server, by_name(b"", port), 1)
        threads = [threading.Thread(target=talk, args=(server, request(1, b"\x7f\0\0\1", port), 0))
                   for _ in range(30)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        for broken in (b"", b"\5", b"\4\1\0", b"\5\1\2", b"\5\1\0\5\1\0\1\x7f"):
            with server.connect() as s:
                s.sendall(broken)
                s.shutdown(socket.SHUT_WR)
                while s.recv(100):
                    pass
        wait_until(lambda: server.descriptors() <= before + 1, 10, "descriptors are left")
        print("without a password")
    with Server([command, "0", "me", "secret"]) as server:
        for user, word, code in ((b"me", b"secret", 0), (b"me", b"wrong", 1), (b"you", b"secret", 1)):
            with server.connect() as s:
                s.sendall(b"\5\1\2")
                check(read_exactly(s, 2) == b"\5\2", "no password wanted")
                s.sendall(b"\1" + bytes([len(user)]) + user + bytes([len(word)]) + word)
                check(read_exactly(s, 2) == bytes([1, code]), "password %r" % word)
                if not code:
                    s.sendall(request(1, b"\x7f\0\0\1", port))
                    check(read_exactly(s, 2) == b"\5\0", "not connected")
        with server.connect() as s:
            s.sendall(b"\5\1\0")
            check(read_exactly(s, 2) == b"\5\xff", "let in without a password")
        print("with a password")


main(sys.argv[1])
