"""shutdown.py ECHO CHAT PROXY: each server, with a client connected, gets SIGTERM."""
import signal
import sys

from server import Server, check

echo, chat, proxy = sys.argv[1:]


def end(server, client):
    server.process.send_signal(signal.SIGTERM)
    server.finish()
    client.settimeout(20)
    try:
        while client.recv(4096):
            pass
    except ConnectionResetError:
        pass


with Server([echo, "0"]) as echoing:
    with Server([chat, "0"]) as chatting:
        with Server([proxy, "0", "127.0.0.1", str(echoing.port), "60000"]) as carrying:
            for server in (carrying, chatting, echoing):
                client = server.connect()
                client.sendall(b"hello\n")
                if server is chatting:
                    other = server.connect()
                    other.sendall(b"other\n")
                check(client.recv(4096), "no answer")
                end(server, client)
print("3 servers ended")
