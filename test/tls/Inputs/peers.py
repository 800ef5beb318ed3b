"""peers.py FOLDER CLIENT SERVER: our client and server beside openssl, curl, nginx and Python's ssl.

FOLDER has the certificates of certificates.sh.
"""
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "examples", "Inputs"))
import nginx
from server import Server, check, quiet_port, wait_until

folder, client_program, server_program = sys.argv[1:4]


def certificate(name):
    return os.path.join(folder, name + ".crt")


def key(name):
    return os.path.join(folder, name + ".key")


def run(command, text="", status=0, timeout=60):
    done = subprocess.run(command, input=text, capture_output=True, text=True, errors="replace",
                          timeout=timeout, check=False)
    check(status is None or done.returncode == status,
          "%s: status %d\n%s%s" % (" ".join(command), done.returncode, done.stdout[-2000:], done.stderr[-2000:]))
    return done.stdout


def client(port, text, name="server.test", options=(), status=0):
    return run([client_program, *options, folder, "127.0.0.1", str(port), name, text], status=status)


def expect(text, *wanted):
    for one in wanted:
        check(one in text, "no %r in %s" % (one, text[:2000]))


class Peer:
    """A server of another make, on a port that it is told."""

    def __init__(self, command):
        self.port = quiet_port()
        command = [word.replace("PORT", str(self.port)) for word in command]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)
        self.said = b""
        threading.Thread(target=self.listen, daemon=True).start()
        wait_until(self.answers, 20, "%s does not answer" % command[0])

    def answers(self):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def listen(self):
        for line in self.process.stdout:
            self.said += line

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def s_server(name, *options):
    return Peer(["openssl", "s_server", "-accept", "127.0.0.1:PORT", "-cert", certificate(name), "-key", key(name),
                 "-rev", *options])


REQUEST = "Hello, world.\\n"
# s_server -rev ends when it is told CLOSE.
REVERSED = REQUEST + "CLOSE\\n"
ANSWER = ".dlrow ,olleH"


def client_and_openssl():
    with s_server("server", "-alpn", "one,two") as peer:
        expect(client(peer.port, REVERSED, options=("-p", "two", "-n", "3")), ANSWER, "TLSv1.3", "protocol=two",
               "resumed=0", "resumed=1", "verified=1 peer=CN=server")
        expect(client(peer.port, REVERSED, options=("-v", "1.2", "-n", "2")), ANSWER, "TLSv1.2", "resumed=1")
        expect(client(peer.port, REVERSED, name="127.0.0.1"), ANSWER)
        expect(client(peer.port, REVERSED, name="wrong.test", status=1), "EKEYREJECTED", "hostname mismatch")
        expect(client(peer.port, REVERSED, options=("-p", "three"), status=1), "EPROTONOSUPPORT",
               "no application protocol")
        check(b"bad certificate" in peer.said, "no alert: %r" % peer.said)
    for name, error, text in (("expired", "EKEYEXPIRED", "expired"), ("future", "EKEYEXPIRED", "not yet valid"),
                              ("selfsigned", "EKEYREJECTED", "self-signed"),
                              ("stranger", "EKEYREJECTED", "local issuer"),
                              ("purpose", "EKEYREJECTED", "certificate purpose")):
        with s_server(name) as peer:
            expect(client(peer.port, REVERSED, status=1), "handshake: " + error, text)
    with s_server("server", "-Verify", "1", "-CAfile", certificate("ca"), "-verify_return_error") as peer:
        expect(client(peer.port, REVERSED, options=("-c", os.path.join(folder, "client"))), ANSWER)
        expect(client(peer.port, REVERSED, status=1), "EACCES", "certificate required")
        expect(client(peer.port, REVERSED, options=("-c", os.path.join(folder, "foreign")), status=1),
               "EACCES", "unknown ca")
    with s_server("server", "-no_tls1_3", "-cipher", "AES256-SHA") as peer:
        expect(client(peer.port, REVERSED, status=1), "EPROTONOSUPPORT", "handshake failure")
    print("client and openssl s_server")


def truncation():
    """A server that ends as if its cable were cut, with and without notice."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate("server"), key("server"))
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        for notice in (True, False):
            s = context.wrap_socket(listener.accept()[0], server_side=True)
            s.recv(100)
            s.sendall(b"all of it" if notice else b"half")
            if notice:
                try:
                    s.unwrap()
                except OSError:
                    pass
            s.close()

    thread = threading.Thread(target=serve)
    thread.start()
    port = listener.getsockname()[1]
    check(client(port, REQUEST).endswith("all of it"), "not all of it")
    expect(client(port, REQUEST, status=1), "half", "read: ECONNABORTED: the connection ended without notice")
    thread.join()
    print("truncation")


def s_client(port, *options, text="GET /info HTTP/1.1\r\n\r\n", wanted="HTTP/1.1 200 OK",
             new_keys=False):
    """s_client stays until the server closes; so it is ended when it has read what is wanted."""
    process = subprocess.Popen(["timeout", "20", "openssl", "s_client", "-connect", "127.0.0.1:%d" % port, "-CAfile",
                                certificate("ca"), "-verify_return_error", *options],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = b""

    def say(words):
        process.stdin.write(words.encode())
        process.stdin.flush()

    try:
        # A command of s_client's own is one that it reads by itself.
        say("K\n" if new_keys else text)
        while wanted.encode() not in said:
            more = process.stdout.readline()
            if not more:
                break
            said += more
            if new_keys and more == b"KEYUPDATE\n":
                say(text)
        if wanted.encode() in said:
            said += process.stdout.readline() + process.stdout.readline() + process.stdout.readline()
    finally:
        process.terminate()
        process.wait()
        process.stdin.close()
        process.stdout.close()
    return said.decode(errors="replace")


def server_and_openssl():
    with Server([server_program, folder, "plain"]) as server:
        session = os.path.join(folder, "session")
        expect(s_client(server.port, "-servername", "server.test", "-verify_hostname", "server.test",
                                "-alpn", "h9,test", "-sess_out", session),
               "ALPN protocol: test", "Verification: OK", "New, TLSv1.3", "name=server.test resumed=0", "protocol=test")
        expect(s_client(server.port, "-servername", "server.test", "-alpn", "test", "-sess_in", session),
               "Reused, TLSv1.3", "resumed=1")
        expect(s_client(server.port, "-tls1_2", "-servername", "server.test", "-sess_out", session),
               "New, TLSv1.2", "resumed=0")
        expect(s_client(server.port, "-tls1_2", "-servername", "server.test", "-sess_in", session),
               "Reused, TLSv1.2", "resumed=1")
        expect(s_client(server.port, "-servername", "second.test", "-verify_hostname", "second.test"),
               "CN = second", "Verification: OK", "name=second.test")
        expect(s_client(server.port, "-noservername"), "CN = server", "name=none")
        # The client asks for new keys, of both sides, in the middle.
        expect(s_client(server.port, new_keys=True), "KEYUPDATE", "HTTP/1.1 200 OK")
        expect(s_client(server.port, "-alpn", "h9"), "no application protocol")
        expect(s_client(server.port, "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"), "alert protocol version")
        expect(s_client(server.port, "-tls1_2", "-cipher", "AES128-SHA256"), "handshake failure")
        with socket.create_connection(("127.0.0.1", server.port)) as s:
            s.sendall(b"GET / HTTP/1.1\r\n\r\n")
            s.shutdown(socket.SHUT_WR)
            while s.recv(100):
                pass
        start = time.monotonic()
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as s:
            check(s.recv(100) == b"", "an answer to silence")
        check(1.8 < time.monotonic() - start < 10, "no time limit")
        said = [server.line() for _ in range(5)]
        expect("\n".join(said), "refused: EPROTONOSUPPORT: no application protocol", "EPROTONOSUPPORT: no shared cipher",
               "refused: EPROTO: http request", "refused: ETIMEDOUT: the handshake took too long")
    with Server([server_program, folder, "starttls"]) as server:
        expect(s_client(server.port, "-starttls", "smtp", "-crlf", text="GET /info HTTP/1.1\n\n"),
               "Verification: OK", "TLSv1.3")
    print("server and openssl s_client")


def curl(port, path, *options, name="server.test", status=0):
    return run(["curl", "--silent", "--show-error", "--max-time", "50", "--http1.1", "--cacert", certificate("ca"),
                "--resolve", "%s:%d:127.0.0.1" % (name, port), *options, "https://%s:%d%s" % (name, port, path)],
               status=status)


def server_and_curl():
    with tempfile.TemporaryDirectory() as room:
        data = os.path.join(room, "data")
        with open(data, "wb") as file:
            file.write(os.urandom(5000000))
        back = os.path.join(room, "back")
        with Server([server_program, folder, "plain"]) as server:
            expect(curl(server.port, "/info"), "protocol=http/1.1 name=server.test resumed=0")
            expect(curl(server.port, "/info", name="second.test"), "name=second.test")
            expect(curl(server.port, "/info", name="a.wild.test"), "name=a.wild.test")
            curl(server.port, "/info", name="elsewhere.test", status=60)
            curl(server.port, "/info", "--cacert", certificate("other"), status=60)
            curl(server.port, "/", "--data-binary", "@" + data, "-o", back)
            with open(data, "rb") as a, open(back, "rb") as b:
                check(a.read() == b.read(), "the body has changed")
            curl(server.port, "/20000000", "-o", back)
            check(os.path.getsize(back) == 20000000, "not all has come")
        with Server([server_program, folder, "require"]) as server:
            expect(curl(server.port, "/info", "--cert", certificate("client"), "--key", key("client")),
                   "verified=1 peer=CN=client")
            curl(server.port, "/info", status=56)
            curl(server.port, "/info", "--cert", certificate("foreign"), "--key", key("foreign"), status=56)
            expect(server.line() + server.line(), "refused: ENOKEY: peer did not return a certificate",
                   "refused: EKEYREJECTED: certificate not accepted: unable to get local issuer certificate")
        with Server([server_program, folder, "ask"]) as server:
            expect(curl(server.port, "/info"), "verified=0 peer=none")
            expect(curl(server.port, "/info", "--cert", certificate("client"), "--key", key("client")), "verified=1")
        with Server([server_program, folder, "1.2"]) as server:
            expect(curl(server.port, "/info"), "TLSv1.2 ECDHE-")
    print("server and curl")


SERVER = """
        ssl_certificate {0}/server.crt;
        ssl_certificate_key {0}/server.key;
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_client_certificate {0}/ca.crt;
        ssl_verify_client optional;
        location /seen {{
            return 200 "$ssl_protocol $ssl_alpn_protocol $ssl_server_name reused=$ssl_session_reused $ssl_client_verify $ssl_client_s_dn";
        }}
"""


def client_and_nginx():
    if not nginx.PROGRAM:
        print("client and nginx: not installed")
        return
    with tempfile.TemporaryDirectory() as room:
        os.mkdir(os.path.join(room, "www"))
        data = os.urandom(3000000).hex()
        with open(os.path.join(room, "www", "data"), "w", encoding="ascii") as file:
            file.write(data)
        with nginx.Nginx(room, SERVER.format(folder), "ssl http2") as peer:
            seen = "GET /seen HTTP/1.1\\nHost: x\\nConnection: close\\n\\n"
            expect(client(peer.port, seen, options=("-p", "http/1.1", "-n", "2")),
                   "TLSv1.3 http/1.1 server.test reused=. NONE", "TLSv1.3 http/1.1 server.test reused=r NONE")
            expect(client(peer.port, seen, options=("-c", os.path.join(folder, "client"))), "SUCCESS CN=client")
            expect(client(peer.port, seen, options=("-c", os.path.join(folder, "foreign"))),
                   "400 The SSL certificate error")
            check(client(peer.port, "GET /data HTTP/1.1\\nHost: x\\nConnection: close\\n\\n").endswith(data),
                  "the file has changed")
    print("client and nginx")


client_and_openssl()
truncation()
server_and_openssl()
server_and_curl()
client_and_nginx()
