"""nginx with the bytes of one answer as a file: the practical limit of the machine."""

import os
import pwd
from pathlib import Path

from bench.programs import Program

_CONFIG = """
daemon off;
user {user};
pid {folder}/nginx.pid;
error_log {folder}/nginx.error;
worker_processes {workers};
events {{ worker_connections 8192; }}
http {{
    access_log {folder}/nginx.access;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    default_type text/plain;
    keepalive_requests 1000000000;
    open_file_cache max=1000;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_session_cache shared:bench:10m;
        root {folder}/static;
    }}
}}
"""


def nginx(folder: Path, port: int, certificate: Path, key: Path) -> Program:
    """Return an nginx with one worker per core that serves the folder ``static``."""
    workers = len(os.sched_getaffinity(0))
    config = _CONFIG.format(
        user=pwd.getpwuid(os.getuid()).pw_name,  # the folder is this user's alone
        folder=folder,
        port=port,
        certificate=certificate,
        key=key,
        workers=workers,
    )
    command = ["/usr/sbin/nginx", "-p", str(folder), "-c"]
    return Program("nginx", command, folder, config, port)
