"""pg.py TRANSFERS-PROGRAM [TRANSFERS]: transfers in a PostgreSQL server of its own."""
import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from server import check, wait_until


class Postgres:
    """A server on a Unix socket in a folder of its own. It refuses to be run by root."""

    def __init__(self, folder):
        self.folder = folder
        self.bin = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        self.user = {}
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            self.user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self.parameters = "host=%s user=tester dbname=postgres" % folder
        data = os.path.join(folder, "data")
        subprocess.run([self.bin + "/initdb", "--no-sync", "-A", "trust", "-U", "tester", "-E", "UTF8",
                        "--locale=C", "-D", data], check=True, stdout=subprocess.DEVNULL, cwd=folder,
                       **self.user)
        with open(os.path.join(folder, "log"), "wb") as log:
            self.process = subprocess.Popen(
                [self.bin + "/postgres", "-D", data, "-c", "listen_addresses=", "-c",
                 "unix_socket_directories=" + folder, "-F", "-c", "shared_buffers=16MB"],
                stdout=log, stderr=log, cwd=folder, **self.user)
        wait_until(self.ready, 60, "PostgreSQL does not answer")

    def ready(self):
        check(self.process.poll() is None, "PostgreSQL has ended")
        return subprocess.run([self.bin + "/pg_isready", "-q", "-h", self.folder], check=False).returncode == 0

    def ask(self, sql):
        return subprocess.run([self.bin + "/psql", "-qAt", "-v", "ON_ERROR_STOP=1", "-c", sql,
                               self.parameters], check=True, capture_output=True, text=True).stdout.strip()

    def others(self, what):
        """How many other connections do that."""
        return int(self.ask("SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND "
                            "backend_type = 'client backend' AND " + what))

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()


class SlowToListen:
    """Between clients and the server, on a socket of its own: what asks to listen is late."""

    def __init__(self, server):
        self.to = os.path.join(server.folder, ".s.PGSQL.5432")
        folder = os.path.join(server.folder, "slow")
        os.mkdir(folder)
        self.parameters = server.parameters.replace(server.folder, folder)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(os.path.join(folder, ".s.PGSQL.5432"))
        self.listener.listen(100)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.to)
            for ends in ((client, server), (server, client)):
                threading.Thread(target=self.carry, args=ends, daemon=True).start()

    @staticmethod
    def carry(source, to):
        try:
            while data := source.recv(65536):
                if b"LISTEN" in data:
                    time.sleep(0.3)
                to.sendall(data)
            to.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def start(*command):
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end(process, status):
    out, err = process.communicate(timeout=60)
    check(process.returncode == status, "status %d\n%s%s" % (process.returncode, out, err))
    return out, err


def main(program, transfers="500"):
    # The folder for temporary files may be root's own.
    folder = tempfile.mkdtemp(prefix="asyncc-pg-", dir=None if os.getuid() else "/tmp")
    server = None
    try:
        server = Postgres(folder)
        begin = time.monotonic()
        out, err = end(start(program, server.parameters, "100", transfers, "8"), 0)
        check(not err, err)
        print("%.1f s" % (time.monotonic() - begin), file=sys.stderr)
        print(out, end="")
        check(server.ask("SELECT sum(balance) FROM accounts") == "100000", "money is lost")

        # Few accounts, so that transactions get into each other's way.
        out, err = end(start(program, server.parameters, "3", "100", "8"), 0)
        print(out, end="")

        # What is transferred is heard of from the first one on.
        out, err = end(start(program, SlowToListen(server).parameters, "10", "50", "4"), 0)
        print(out, end="")

        # Told to end, it leaves no query behind.
        busy = start(program, server.parameters, "50", "20000", "4")
        wait_until(lambda: server.others("true") >= 3, 60, "no transfers")
        busy.send_signal(signal.SIGTERM)
        _, err = end(busy, 1)
        check("Operation canceled" in err, err)
        wait_until(lambda: server.others("true") == 0, 10, "connections are left")
        check(server.ask("SELECT sum(balance) FROM accounts") == "50000", "money is lost")
        print("interrupted: no query and no money lost")

        # The server goes away under it.
        busy = start(program, server.parameters, "50", "20000", "4")
        wait_until(lambda: server.others("true") >= 3, 60, "no transfers")
        server.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                   "AND backend_type = 'client backend'")
        out, err = end(busy, 1)
        print("connections lost: it says so")
        _, err = end(start(program, "host=%s/none user=tester" % folder, "10", "10", "2"), 1)
        print(err.replace(folder, ""), end="")
    finally:
        if server:
            server.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
