"""Single measurements. Each gives {metric: value}, empty where the program has no such test."""
import os
import re
import resource
import socket
import subprocess
import tempfile
import time

import count

# One core for programs that are measured alone and for clients, the other for servers.
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, CLIENT_CORE = str(CORES[0]), str(CORES[-1])
TICK = os.sysconf("SC_CLK_TCK")

_next_port = [19100]


def metrics(text):
    """The lines "METRIC VALUE" of a program's output."""
    found = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) == 2 and re.fullmatch(r"-?\d+(\.\d+)?(e[-+]?\d+)?", words[1]):
            found[words[0]] = float(words[1])
    return found


def run_test(command, test, arguments, limit=120):
    command = ["taskset", "-c", CLIENT_CORE] + command + [test] + arguments.split()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return {}
    return metrics(done.stdout) if done.returncode == 0 else {}


def asleep(command, tasks):
    found = run_test(command, "sleep", "%d 10" % tasks)
    if "cpu_s" in found:
        found["us_per_task"] = found.pop("cpu_s") * 1e6 / tasks
    return found


def go_first():
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        pass


def files(command, test, arguments, folder):
    """On all cores, as threads of a pool are part of what is measured; before other programs where
    that is permitted, as latencies would be theirs otherwise."""
    try:
        done = subprocess.run(command + [test] + arguments.split(), capture_output=True, text=True, timeout=120,
                              check=False, cwd=folder, preexec_fn=go_first)
    except subprocess.TimeoutExpired:
        return {}
    found = metrics(done.stdout) if done.returncode == 0 else {}
    for figure, of in (("wall_us", "wall_ns"), ("cpu_each_us", "ns")):
        if of in found:
            found[figure] = found.pop(of) / 1000
    return found


def trouble(command, test, arguments, folder=None):
    """None when the test works or the program has no such test, else what it said."""
    try:
        done = subprocess.run(command + [test] + arguments.split(), capture_output=True, text=True, timeout=60,
                              check=False, cwd=folder)
    except subprocess.TimeoutExpired:
        return "hangs"
    if done.returncode == 3 or done.returncode == 0 and metrics(done.stdout):
        return None
    return "exit status %d\n%s" % (done.returncode, done.stderr[-1000:])


def raise_descriptor_limit():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


class Server:
    """A server on a port of its own, from the moment when it accepts connections."""

    def __init__(self, command, test, more=(), core=SERVER_CORE, environment=None):
        self.port = free_port()
        pin = ["taskset", "-c", core] if core else []
        self.stderr = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(pin + command + [test, str(self.port)] + list(more), env=environment,
                                        stdout=subprocess.DEVNULL, stderr=self.stderr)
        self.up = self.wait()

    def wait(self):
        for _ in range(100):
            if self.process.poll() is not None:
                return False
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return True
            time.sleep(0.1)
        return False

    def cpu(self):
        """(user, total) seconds so far."""
        with open("/proc/%d/stat" % self.process.pid, encoding="ascii") as f:
            fields = f.read().rpartition(") ")[2].split()
        user, system = int(fields[11]), int(fields[12])
        return user / TICK, (user + system) / TICK

    def anonymous_bytes(self):
        with open("/proc/%d/status" % self.process.pid, encoding="ascii") as f:
            return 1024 * int(re.search(r"RssAnon:\s+(\d+)", f.read()).group(1))

    def end(self):
        """Ends a server that runs under callgrind; gives its instructions, or None."""
        self.process.terminate()
        self.process.wait()
        self.stderr.seek(0)
        return count.collected_in(self.stderr.read())

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.kill()
        self.process.wait()
        self.stderr.close()


def free_port():
    while True:
        _next_port[0] += 1
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", _next_port[0]))
                return _next_port[0]
            except OSError:
                continue


def load(client, server, connections, seconds, core=CLIENT_CORE):
    """The server's own CPU per request: unlike requests per second it depends neither on the
    client nor on what else the machine does."""
    user, total = server.cpu()
    done = subprocess.run(["taskset", "-c", core] + client + [str(server.port), str(connections), str(seconds)],
                          capture_output=True, text=True, timeout=seconds + 60, check=False)
    found = metrics(done.stdout)
    requests = found.pop("total", 0)
    if done.returncode or not requests:
        return {}
    user_after, total_after = server.cpu()
    found["user_us"] = (user_after - user) * 1e6 / requests
    found["cpu_us"] = (total_after - total) * 1e6 / requests
    return found


def echo(client, command, test, connections, seconds):
    with Server(command, test) as server:
        return load(client, server, connections, seconds) if server.up else {}


def server_instructions(client, command, test, connections=20):
    """Instructions of the program, without the kernel's, for each request."""
    counts = []
    for messages in (100, 300):
        with Server(count.CALLGRIND + command, test, environment=count.ENVIRONMENT) as server:
            if not server.up:
                return {}
            subprocess.run(client + [str(server.port), str(connections), "exactly", str(messages)],
                           timeout=120, check=True)
            counts.append(server.end())
    if None in counts:
        return {}
    return {"instr": (counts[1] - counts[0]) / (200 * connections)}


def syscalls(client, command, test, connections=50, seconds=4):
    """System calls per request; what strace costs makes no difference to them."""
    with Server(command, test) as server, tempfile.NamedTemporaryFile("r", suffix=".strace") as report:
        if not server.up:
            return {}
        tracer = subprocess.Popen(["strace", "-f", "-c", "-o", report.name, "-p", str(server.process.pid)],
                                  stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        found = subprocess.run(client + [str(server.port), str(connections), str(seconds)],
                               capture_output=True, text=True, timeout=60, check=False)
        tracer.send_signal(2)
        tracer.wait()
        requests = metrics(found.stdout).get("total")
        calls = sum(int(line.split()[3]) for line in report if re.match(r"\s*\d+\.\d+ .*[a-z]\w*$", line)
                    and not line.endswith("total\n"))
        return {"syscalls": calls / requests} if requests and calls else {}


def idle(client, command, test, connections):
    """Memory of the server's process for each connection that has nothing to say."""
    with Server(command, test) as server:
        if not server.up:
            return {}
        time.sleep(0.2)
        before = server.anonymous_bytes()
        _, cpu = server.cpu()
        holder = subprocess.Popen(client + [str(server.port), str(connections), "hold"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        holding = holder.stdout.readline() == "holding\n"
        time.sleep(0.2)
        after = server.anonymous_bytes()
        holder.communicate("\n")
        if not holding:
            return {}
        return {"bytes": (after - before) / connections,
                "connection_us": (server.cpu()[1] - cpu) * 1e6 / connections}
