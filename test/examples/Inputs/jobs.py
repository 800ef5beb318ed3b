"""jobs.py JOB-RUNNER FILE: results, jobs side by side, limits, interruption."""
import os
import signal
import subprocess
import sys
import time

from server import check, wait_until

runner, path = sys.argv[1], sys.argv[2]


def write(*jobs):
    with open(path, "w", encoding="ascii") as file:
        file.write("\n".join(jobs) + "\n")


def run(*jobs, count=4, ms=60000):
    write(*jobs)
    done = subprocess.run([runner, path, str(count), str(ms)], capture_output=True, text=True,
                          timeout=60, check=False)
    check(not done.stderr, done.stderr)
    return done.returncode, done.stdout


def gone(pid_file):
    with open(pid_file, encoding="ascii") as file:
        pid = int(file.read())
    try:
        with open("/proc/%d/stat" % pid, encoding="ascii") as file:
            return file.read().split()[2] == "Z"
    except OSError:
        return True


def start(pid_file, job):
    """The runner, once its job has written its number."""
    if os.path.exists(pid_file):
        os.remove(pid_file)
    write(job)
    process = subprocess.Popen([runner, path, "1", "60000"], stdout=subprocess.PIPE, text=True)
    wait_until(lambda: os.path.exists(pid_file) and os.path.getsize(pid_file), 20, "no job")
    return process


code, out = run("echo one", "exit 3", "kill -9 $$", "echo two; echo three >&2", count=1)
check(code == 1 and out == "exit 0: echo one\none\nexit 3: exit 3\nkilled by signal 9: kill -9 $$\n"
      "exit 0: echo two; echo three >&2\ntwo\nthree\n", out)
check(run("true", "true") == (0, "exit 0: true\nexit 0: true\n"), "true")
print("results")

# Each waits for the other's pipe, so they end only side by side.
pipe = path + ".fifo"
if os.path.exists(pipe):
    os.remove(pipe)
os.mkfifo(pipe)
code, out = run("echo through > " + pipe, "cat " + pipe, count=2)
check(code == 0 and "through\n" in out, out)
print("side by side")

pids = path + ".pid"
code, out = run("sleep 1000 & echo $! > %s; wait" % pids, ms=2000)
check(code == 1 and out.startswith("took too long: sleep"), out)
wait_until(lambda: gone(pids), 20, "what the job started runs on")
print("too long")

process = start(pids, "echo $$ > %s; sleep 1000; :" % pids)
process.send_signal(signal.SIGTERM)
out = process.communicate(timeout=20)[0]
check(process.returncode == 128 + signal.SIGTERM and out.startswith("interrupted: "), out)
wait_until(lambda: gone(pids), 20, "the job runs on")
print("interrupted")

# A job that does not mind SIGTERM; the runner waits for it, and the second signal ends that.
told = path + ".told"
if os.path.exists(told):
    os.remove(told)
process = start(pids, "trap 'echo > %s' TERM; echo $$ > %s; while :; do sleep 0.1; done" % (told, pids))
process.send_signal(signal.SIGTERM)
wait_until(lambda: os.path.exists(told), 20, "the job is not told to end")
process.send_signal(signal.SIGINT)
process.communicate(timeout=20)
check(process.returncode in (-signal.SIGINT, 128 + signal.SIGTERM), str(process.returncode))
if not gone(pids):
    with open(pids, encoding="ascii") as file:
        os.killpg(int(file.read()), signal.SIGKILL)
print("killed")
