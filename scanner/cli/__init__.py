"""The command line: the only place that prints or exits. One file a command, found by presence.

Exit codes: 0 ok, 1 policy breached, 2 usage or configuration, 3 scan incomplete.
"""

from __future__ import annotations

import errno
import importlib
import os
import pkgutil
import sys

import typer

from scanner import __version__
from scanner.ask import AskError
from scanner.cli.output import ReaderGoneError, reader, say, t
from scanner.imports import ImportError_
from scanner.net import BrowserError, OptOutError, ResolverError, TableError, TrustError
from scanner.report import ReportError
from scanner.store import StoreError
from scanner.tables import DatabaseError
from scanner.targets import TargetsError

OK, POLICY, USAGE, INCOMPLETE = 0, 1, 2, 3
CONFIGURATION_ERRORS = (
    AskError,
    BrowserError,
    DatabaseError,
    OptOutError,
    ImportError_,
    ReportError,
    ResolverError,
    StoreError,
    TableError,
    TargetsError,
    TrustError,
)


def build() -> typer.Typer:
    """The application with every command of this folder."""
    app = typer.Typer(
        name="sovscan",
        help=t("cli.help"),
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    names = [module.name for module in pkgutil.iter_modules(__path__) if module.name.startswith("cmd_")]
    for name in sorted(names, key=_order):
        importlib.import_module(f"scanner.cli.{name}").register(app)
    return app


_ORDER = ("scan", "report", "explain", "lookup", "export", "attribute", "import", "providers", "demo")


def _order(name: str) -> tuple[int, str]:
    short = name.removeprefix("cmd_")
    return (_ORDER.index(short) if short in _ORDER else len(_ORDER), short)


def _show_version(value: bool) -> None:
    if value:
        sys.stdout.write(f"sovscan {__version__}\n")
        raise typer.Exit


def _root(
    version: bool = typer.Option(False, "--version", help=t("cli.version"), callback=_show_version, is_eager=True),
) -> None:
    pass


def main() -> None:
    """Run a command; turn the errors of configuration into one line and their exit code."""
    try:
        code = build()(standalone_mode=False)
        with reader():
            sys.stdout.flush()
        sys.exit(code)
    except CONFIGURATION_ERRORS as error:
        say(t("cli.error", why=str(error)))
        sys.exit(USAGE)
    except (KeyboardInterrupt, typer.Abort):
        say(t("cli.interrupted"))
        sys.exit(INCOMPLETE)
    except ReaderGoneError:
        # The reader has gone; Python must not complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        say(t("cli.closed-pipe"))
        sys.exit(INCOMPLETE)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        say(t("cli.disk-full" if full else "cli.os-error", file=error.filename or "", why=error.strerror or str(error)))
        sys.exit(INCOMPLETE if full else USAGE)
    except Exception as error:
        # Wrong usage: Typer's releases carry click or a copy of it, with no public name for the base of its errors.
        if not (hasattr(error, "show") and hasattr(error, "exit_code")):
            raise
        error.show()
        sys.exit(USAGE)
