"""An nginx of a test's own."""
import os
import shutil
import socket
import subprocess

from server import quiet_port, wait_until

PROGRAM = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
CONFIG = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} {listening};
        root {folder}/www;
        {server}
    }}
}}
"""


class Nginx:
    """Serves FOLDER/www on a free port. server: more of its configuration, in which WWW is that folder;
    listening: options of listen."""

    def __init__(self, folder, server, listening=""):
        self.port = quiet_port()
        os.makedirs(os.path.join(folder, "www"), exist_ok=True)
        config = os.path.join(folder, "nginx.conf")
        with open(config, "w", encoding="ascii") as file:
            file.write(CONFIG.format(folder=folder, port=self.port, listening=listening,
                                     server=server.replace("WWW", folder + "/www")))
        self.process = subprocess.Popen([PROGRAM, "-p", folder, "-c", config])
        try:
            wait_until(self.answers, 20, "nginx does not answer")
        except SystemExit:
            self.stop()
            raise

    def answers(self):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
