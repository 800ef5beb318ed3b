"""echo_ends.py SERVER LOAD CONNECTIONS: the server serves so many and ends without a leak."""
import subprocess
import sys

from server import Server, check, raise_descriptor_limit


def main(program, client, connections):
    raise_descriptor_limit()
    with Server([program, "0", connections]) as server:
        done = subprocess.run([client, str(server.port), connections, "1", "20000"], check=False)
        check(done.returncode == 0, "errors under load")
        server.finish()
        print("ended in order")


main(*sys.argv[1:])
