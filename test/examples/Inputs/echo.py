"""echo.py SERVER LOAD CONNECTIONS SECONDS: load on the echo server; its memory stays flat."""
import subprocess
import sys

from server import Server, check, raise_descriptor_limit, wait_until


def load(server, program, connections, seconds):
    done = subprocess.run([program, str(server.port), connections, seconds], text=True,
                          stdout=subprocess.PIPE, check=False)
    print(done.stdout, end="", flush=True)
    check(done.returncode == 0, "errors under load")


def main(program, client, connections, seconds):
    raise_descriptor_limit()
    with Server([program, "0"]) as server:
        idle = server.idle_descriptors()
        load(server, client, connections, "1")
        before = server.memory_kib()
        load(server, client, connections, seconds)
        wait_until(lambda: server.descriptors() <= idle, 10, "connections stay open")
        load(server, client, connections, "1")
        after = server.memory_kib()
        print("memory %d KiB before, %d KiB after" % (before, after))
        check(after <= before * 1.05 + 256, "memory grows")
        print("memory is flat")


main(*sys.argv[1:])
