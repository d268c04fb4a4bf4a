"""The house rules that a machine can check: imports point one way, one place for sockets, one for printing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import scanner

ROOT = Path(scanner.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))

# What each floor may import of ours, itself aside.
BELOW = {
    "model": set(),
    "ask": {"model"},
    "transcript": {"model", "ask"},
    "encode": {"model"},
    "names": set(),
    "i18n": {"model"},
    "networks": set(),
    "kept": set(),
    "scrub": set(),
    "audience": set(),
    "footprint": {"names"},
    "loads": {"model", "audience", "footprint"},
    "imports": {"model", "ask", "scrub"},
    "coverage": {"model", "names"},
    "rules": {"model", "networks"},
    "imported": {"model", "networks", "rules"},
    "net": {"model", "ask", "names", "scrub"},
    "collect": {"model", "ask", "names", "scrub"},
    "targets": {"model", "ask", "names"},
    "entries": {"model"},
    "tables": {"imported", "kept", "entries"},
    "providers": {"model", "rules", "imported", "entries", "tables"},
    "update": {"model", "ask", "names", "networks", "rules", "imported", "tables"},
    "lookup": {"model", "ask", "rules", "providers"},
    "checks": {"model", "names", "rules", "lookup", "tables", "providers"},
    "attribute": {"model", "ask", "names", "audience", "rules", "providers", "lookup"},
    "posture": {"model"},
    "store": {"model", "ask", "encode", "loads", "posture"},
    "metrics": {"model", "providers", "store"},
    "graph": {"model", "providers", "store"},
    "whatif": {"model", "providers", "store", "graph"},
    "export": {"model", "encode", "providers", "store", "graph", "metrics", "whatif", "posture"},
    "report": {
        "model",
        "ask",
        "encode",
        "names",
        "i18n",
        "entries",
        "providers",
        "store",
        "graph",
        "metrics",
        "whatif",
        "audience",
        "footprint",
        "loads",
        "posture",
    },
    "run": {"model", "ask", "transcript", "net", "collect", "providers", "attribute", "store", "posture"},
    "lab": {"model", "ask", "net", "names", "targets"},
}
EVERYWHERE = {"__version__"}

NETWORK_MODULES = {
    "_socket", "aiohttp", "aiosmtplib", "ftplib", "http.client", "http.server", "httpx", "imaplib", "ipwhois",
    "playwright", "poplib", "pycurl", "requests", "smtplib", "socket", "socketserver", "ssl", "urllib.request",
    "urllib3", "websockets", "xmlrpc", "dns.asyncquery", "dns.asyncresolver", "dns.query", "dns.resolver",
}  # fmt: skip
NETWORK_CALLS = {
    "open_connection", "start_server", "open_unix_connection", "create_connection", "create_server",
    "create_datagram_endpoint", "sock_connect", "sock_sendto", "getaddrinfo",
}  # fmt: skip
NETWORK_FLOORS = {"net", "lab"}


def floor(path: Path) -> str:
    return path.relative_to(ROOT).with_suffix("").parts[0]


def imports(path: Path) -> Iterator[str]:
    """Dotted names of everything that a module imports: `from a import b` gives a.b."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def called_names(path: Path) -> Iterator[str]:
    """Last part of the name of every function that a module calls, and the whole of dotted names."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def by_name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(params=MODULES, ids=by_name)
def module(request: pytest.FixtureRequest) -> Path:
    return request.param  # type: ignore[no-any-return]


def test_imports_point_one_way(module: Path) -> None:
    mine = floor(module)
    if mine in ("cli", "__init__"):
        return
    ours = {name.split(".")[1] for name in imports(module) if name.startswith("scanner.")}
    assert mine in BELOW, f"a new floor: say in BELOW what {mine} may import"
    assert ours - EVERYWHERE - {mine} <= BELOW[mine]


def test_the_floors_have_no_cycle() -> None:
    done: set[str] = set()
    while len(done) < len(BELOW):
        ready = {name for name, below in BELOW.items() if name not in done and below <= done}
        assert ready, f"a cycle among {sorted(set(BELOW) - done)}"
        done |= ready


def test_only_net_and_lab_open_sockets(module: Path) -> None:
    if floor(module) in NETWORK_FLOORS:
        return
    prefixes = {".".join(name.split(".")[:depth]) for name in imports(module) for depth in (1, 2)}
    assert not prefixes & NETWORK_MODULES
    assert not {name.rpartition(".")[2] for name in called_names(module)} & NETWORK_CALLS


def test_no_module_is_longer_than_350_lines(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= 350


def test_every_module_begins_with_a_docstring_of_one_line(module: Path) -> None:
    text = ast.get_docstring(ast.parse(module.read_bytes())) or ""
    first, _, rest = text.partition("\n")
    assert first
    assert first.endswith((".", ":", "?"))
    assert not rest or rest.startswith("\n"), "the first line stands alone"


def test_only_the_command_line_prints_or_exits(module: Path) -> None:
    if floor(module) == "cli":
        return
    calls = set(called_names(module))
    assert not calls & {"print", "exit", "quit", "input", "sys.exit", "os._exit", "os.abort"}
    assert not {name for name in calls if name.startswith(("sys.stdout", "sys.stderr", "sys.stdin"))}
    assert not {name.split(".")[0] for name in imports(module)} & {"typer", "click", "rich", "argparse"}
    assert "SystemExit" not in {
        ast.unparse(node) for node in ast.walk(ast.parse(module.read_bytes())) if isinstance(node, ast.Name)
    }


def test_the_checks_of_this_file_see_real_imports_and_calls() -> None:
    assert "scanner.model.Target" in set(imports(ROOT / "targets.py"))
    assert "socket" in {name for path in MODULES if floor(path) == "net" for name in imports(path)}
    assert "sys.stdout.write" in {name for path in MODULES if floor(path) == "cli" for name in called_names(path)}
