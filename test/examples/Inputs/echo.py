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

        def memory_after(duration):
            load(server, client, connections, duration)
            wait_until(lambda: server.descriptors() <= idle, 10, "connections stay open")
            return server.memory_kib()

        # What the allocator keeps differs by some pages from one time to the next.
        before = max(memory_after("1") for _ in range(2))
        memory_after(seconds)
        after = min(memory_after("1") for _ in range(2))
        print("memory %d KiB before, %d KiB after" % (before, after))
        check(after <= before * 1.05 + 256, "memory grows")
        print("memory is flat")


main(*sys.argv[1:])
