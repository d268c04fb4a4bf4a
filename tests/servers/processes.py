"""Debian's Knot, Unbound and nginx as child processes: free ports of 127.0.0.1, all they write in one folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import dns.exception
import dns.message
import dns.query

from .certificates import Issued, authority, leaf, write_pair
from .world import Body, World

HOST = "127.0.0.1"
START_SECONDS = 20.0
STOP_SECONDS = 5.0
UNTRUSTED, EXPIRED = 8, 9
"""The certificates of the lab that do not verify: one of an authority that nobody knows, one of last year."""


def find(name: str) -> str | None:
    """The path of a server's program, those of administrators included."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/local/sbin")


def free_port() -> int:
    """A port that nobody has by UDP or TCP at present."""
    for _ in range(100):
        with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            tcp.bind((HOST, 0))
            try:
                udp.bind((HOST, tcp.getsockname()[1]))
            except OSError:
                continue
            return int(tcp.getsockname()[1])
    raise OSError("no free port on loopback")


@contextmanager
def running(argv: Sequence[str], folder: Path, ready: Callable[[], bool]) -> Iterator[int]:
    """A child process until the end of the block, and dead with us whatever happens; yields its id."""
    guard = shutil.which("setpriv")
    log = folder / f"{Path(argv[0]).name}.log"
    with log.open("wb") as out:
        child = subprocess.Popen(
            [*([guard, "--pdeathsig", "TERM"] if guard else []), *argv],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=folder,
        )  # fmt: skip
    try:
        end = time.monotonic() + START_SECONDS
        while not ready():
            if child.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{argv[0]} did not start:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.02)
        yield child.pid
    finally:
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _answers(port: int) -> Callable[[], bool]:
    query = dns.message.make_query("lab.", "SOA")

    def ready() -> bool:
        try:
            return bool(dns.query.udp(query, HOST, 0.2, port).answer)
        except (dns.exception.DNSException, OSError):
            return False

    return ready


@contextmanager
def knot(folder: Path, lab: World) -> Iterator[int]:
    """The authoritative server of every zone of a world; yields its port."""
    port = free_port()
    zones = folder / "zones"
    zones.mkdir(parents=True)
    lines = [
        "server:", f"  rundir: {folder}", f"  listen: {HOST}@{port}", "  udp-workers: 1", "  tcp-workers: 1",
        "  background-workers: 1", "log:", "  - target: stderr", "    any: warning", "database:",
        f"  storage: {folder}", "template:", "  - id: default", f"    storage: {zones}", "    journal-content: none",
        "    zonefile-sync: -1", "zone:",
    ]  # fmt: skip
    for origin in lab.origins:
        file = zones / f"{origin or 'root'}.zone"
        file.write_text(lab.zone_text(origin))
        lines += [f"  - domain: {origin}.", f"    file: {file}"]
    config = folder / "knot.conf"
    config.write_text("\n".join(lines) + "\n")
    with running([find("knotd") or "knotd", "-c", str(config)], folder, _answers(port)):
        yield port


@contextmanager
def unbound(folder: Path, upstream: int, tls: tuple[Path, Path] | None = None) -> Iterator[tuple[int, int, int]]:
    """A recursive resolver over an authoritative server; yields its ports: DNS and, with a key, over TLS and HTTPS."""
    port, tls_port, https_port = free_port(), free_port(), free_port()
    folder.mkdir(parents=True, exist_ok=True)
    over_tls = [f"  interface: {HOST}@{tls_port}", f"  tls-port: {tls_port}"] if tls else []
    if tls:
        over_tls += [f"  interface: {HOST}@{https_port}", f"  https-port: {https_port}"]
        over_tls += [f"  tls-service-pem: {tls[0]}", f"  tls-service-key: {tls[1]}"]
    lines = [
        "server:", f"  interface: {HOST}@{port}", *over_tls, "  num-threads: 1", "  use-syslog: no", '  logfile: ""',
        '  username: ""', '  chroot: ""', f'  directory: "{folder}"', '  pidfile: ""', '  module-config: "iterator"',
        "  do-not-query-localhost: no", "  so-rcvbuf: 4m", "  outgoing-range: 4096", "  num-queries-per-thread: 2048",
        "  incoming-num-tcp: 256", "  edns-buffer-size: 1232", "  max-udp-size: 1232", "  verbosity: 0",
        "  minimal-responses: yes", "  access-control: 127.0.0.0/8 allow",
        "remote-control:", "  control-enable: no",
        "forward-zone:", '  name: "."', f"  forward-addr: {HOST}@{upstream}",
    ]  # fmt: skip
    config = folder / "unbound.conf"
    config.write_text("\n".join(lines) + "\n")
    with running([find("unbound") or "unbound", "-d", "-c", str(config)], folder, _answers(port)):
        yield port, tls_port, https_port


@contextmanager
def nginx(folder: Path, lab: World, root: Issued, workers: int = 1) -> Iterator[int]:
    """HTTPS for the hosts of every body that exists, each with its SNI certificate; yields its port."""
    port = free_port()
    site = folder / "site"
    site.mkdir(parents=True)
    (site / "index.html").write_bytes(lab.page())
    blocks = []
    sharing: dict[int, list[Body]] = {}
    for body in lab.bodies:
        if body.exists:
            sharing.setdefault(body.certificate, []).append(body)
    for number, bodies in sharing.items():
        names = [host for body in bodies for host in body.hosts]
        chain, key = write_pair(folder / "tls", _certificate(number, names, root), root)
        paired = f"listen {HOST}:{port} ssl; ssl_certificate {chain}; ssl_certificate_key {key};"
        moved = [body.domain for body in bodies if body.redirects]
        served = [name for name in names if name not in set(moved)]
        blocks.append(f"server {{ {paired} server_name {' '.join(served)}; root {site}; }}")
        if moved:
            blocks.append(
                f"server {{ {paired} server_name {' '.join(moved)}; return 301 https://www.$host$request_uri; }}"
            )
    size = 1 << max(10, (2 * len(lab.bodies)).bit_length())
    config = folder / "nginx.conf"
    config.write_text(
        f"""
daemon off; worker_processes {workers}; pid {folder}/nginx.pid; error_log {folder}/error.log crit;
{"user root;" if os.geteuid() == 0 else ""}
events {{ worker_connections 4096; }}
http {{
  access_log off; server_tokens off; types {{ text/html html; }} default_type text/html; charset utf-8;
  server_names_hash_max_size {size * 4}; server_names_hash_bucket_size 128; keepalive_timeout 5;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e; ssl_session_cache off; ssl_session_tickets off;
  server {{ listen {HOST}:{port} ssl default_server backlog=4096; ssl_reject_handshake on; server_name _; }}
  {" ".join(blocks)}
}}
"""
    )

    def ready() -> bool:
        try:
            with socket.create_connection((HOST, port), 0.2):
                return True
        except OSError:
            return False

    argv = [find("nginx") or "nginx", "-p", str(folder), "-c", str(config), "-e", str(folder / "error.log")]
    with running(argv, folder, ready):
        yield port


def _certificate(number: int, names: list[str], root: Issued) -> Issued:
    if number == UNTRUSTED:
        return leaf(authority("Nobody"), names)
    return leaf(root, names, days=-30 if number == EXPIRED else 60)
