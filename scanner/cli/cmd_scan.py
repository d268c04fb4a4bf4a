"""`sovscan scan`: from a list to a run and its report."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Annotated

import typer
from platformdirs import user_cache_dir
from typer.models import OptionInfo

from scanner import ask, providers, report, store
from scanner.ask import Recorder
from scanner.cli import live
from scanner.cli.estimate import LARGE, estimate, told
from scanner.cli.output import put, put_json, say, t
from scanner.cli.session import DeadLineError, Plan, new_run, processes_for, read_lists, run_loop
from scanner.model import Run
from scanner.net import Settings, shipped_table
from scanner.net.consent import CHOICES
from scanner.net.opt_out import read_opt_out
from scanner.net.proxies import proxies_of
from scanner.net.settings import CONTACT_URL, user_agent
from scanner.run.batches import Progress
from scanner.run.engine import EngineError
from scanner.run.posture import results_of
from scanner.store import RunFolder
from scanner.targets import TargetList

USAGE, INCOMPLETE = 2, 3
MAX_REJECTED = 20


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("scan", help=t("cli.scan.help"))(scan)


def _option(name: str, code: str, metavar: str | None = None, envvar: str | None = None) -> OptionInfo:
    return typer.Option(name, help=t(f"cli.scan.{code}"), metavar=metavar, envvar=envvar)  # type: ignore[no-any-return]


def scan(
    domains: Annotated[list[str] | None, typer.Argument(help=t("cli.scan.domains"), metavar="[DOMAIN]...")] = None,
    lists: Annotated[list[str] | None, _option("--list", "list", metavar="FILE")] = None,
    output: Annotated[Path, _option("--output", "output", metavar="DIR")] = Path("output"),
    replay: Annotated[list[Path] | None, _option("--replay", "replay", metavar="FILE")] = None,
    record: Annotated[Path | None, _option("--record", "record", metavar="FILE")] = None,
    resume: Annotated[Path | None, _option("--resume", "resume", metavar="RUN")] = None,
    home: Annotated[str, _option("--home", "home", metavar="CC")] = "FR",
    folder: Annotated[Path | None, typer.Option("--providers", help=t("cli.option.providers"), metavar="DIR")] = None,
    resolvers: Annotated[list[str] | None, _option("--resolver", "resolver", metavar="RESOLVER")] = None,
    asn_table: Annotated[Path | None, _option("--asn-table", "asn-table", metavar="MMDB")] = None,
    no_rdap: Annotated[bool, _option("--no-rdap", "no-rdap")] = False,
    connect_to: Annotated[str, _option("--connect-to", "connect-to", metavar="HOST:PORT")] = "",
    ca_file: Annotated[Path | None, _option("--ca-file", "ca-file", metavar="PEM")] = None,
    allow_private: Annotated[bool, _option("--allow-private", "allow-private")] = False,
    browser: Annotated[bool, _option("--browser", "browser")] = False,
    consent: Annotated[str, _option("--consent", "consent", metavar="CHOICE")] = "none",
    chromium: Annotated[Path | None, _option("--chromium", "chromium", metavar="FILE")] = None,
    screenshots: Annotated[Path | None, _option("--screenshots", "screenshots", metavar="DIR")] = None,
    contact: Annotated[str, _option("--contact", "contact", metavar="URL", envvar="SOVSCAN_CONTACT")] = "",
    vantage: Annotated[str, _option("--vantage", "vantage", metavar="TEXT")] = "",
    rate: Annotated[float, typer.Option("--rate", help=t("cli.scan.rate"), metavar="N", min=0)] = 0.0,
    processes: Annotated[int, typer.Option("--processes", help=t("cli.scan.processes"), metavar="N", min=0)] = 0,
    opt_out: Annotated[list[Path] | None, _option("--opt-out", "opt-out", metavar="FILE")] = None,
    security_txt: Annotated[bool, _option("--security-txt", "security-txt")] = False,
    active_mail: Annotated[bool, _option("--active-mail", "active-mail")] = False,
    dry_run: Annotated[bool, _option("--dry-run", "dry-run")] = False,
    progress_lines: Annotated[bool, _option("--progress", "progress")] = False,
    no_report: Annotated[bool, _option("--no-report", "no-report")] = False,
    as_json: Annotated[bool, typer.Option("--json", help=t("cli.option.json"))] = False,
) -> None:
    """Scan, store, conclude, report."""
    if consent not in CHOICES:
        raise typer.BadParameter(t("cli.scan.no-choice", choices=", ".join(CHOICES)), param_hint="--consent")
    settings = Settings(
        resolvers=tuple(resolvers or ()),
        connect_to=connect_to,
        ca_file=ca_file,
        allow_private=allow_private,
        asn_table=asn_table or (None if connect_to else shipped_table()),  # a lab has a table of its own
        rdap=not no_rdap,
        vantage=vantage,
        browser=browser or consent != "none" or chromium is not None or screenshots is not None,
        consent=consent,
        chromium=chromium,
        screenshots=screenshots,
        user_agent=user_agent(contact or CONTACT_URL),
        rate=rate,
        active_mail=active_mail,
        opt_out=read_opt_out(opt_out or ()),
        proxies=proxies_of(os.environ),
        cache_folder=None if connect_to else Path(user_cache_dir("sovscan")),  # a lab's registries are not the world's
    )
    answers = ask.read_recordings(replay) if replay else None
    if resume is not None:
        run_folder = store.open_run(resume)
        manifest = run_folder.manifest()
        listed = TargetList(run_folder.targets(), manifest.rejected, manifest.input_digest)
        home = manifest.home
        if answers is None and manifest.recordings:
            answers = ask.read_recordings(map(Path, manifest.recordings))
    else:
        listed = read_lists(lists or [], domains or [])
        _say_rejected(listed)
        if not listed.targets:
            say(t("cli.scan.empty"))
            raise typer.Exit(USAGE)
        recordings = tuple(str(path.resolve()) for path in replay or ())
    if dry_run:
        _tell_plan(listed, settings, as_json=as_json)
        raise typer.Exit
    database = providers.load(*([folder] if folder else []))
    # Before the run is laid out: a folder that is not there is said now
    recorder = Recorder(record) if record else None
    if resume is None:
        run_folder = new_run(output, listed, database, settings, home=home.upper(), recordings=recordings)
    if answers is None and not contact and not connect_to:
        say(t("cli.scan.no-contact"))
    if answers is None and active_mail:
        say(t("cli.scan.active-mail-warning"))
    if answers is None and len(listed.targets) > LARGE:
        say(told(estimate(listed.targets, settings)))
    live_scan = answers is None
    plan = Plan(
        listed,
        database,
        run_folder,
        settings,
        answers,
        recorder,
        preflight=live_scan,
        security_txt=security_txt,
        processes=processes_for(len(listed.targets), settings, processes),
    )
    progress = _run(plan, new=resume is None, lines=progress_lines)
    site = None
    if not no_report:
        site = report.build(results_of(run_folder, database), database, output / "site", home=home.upper())
    _finish(run_folder, database, home.upper(), site, progress, as_json=as_json)


def _say_rejected(listed: TargetList) -> None:
    for line in listed.rejected[:MAX_REJECTED]:
        say(line)
    if len(listed.rejected) > MAX_REJECTED:
        say(t("cli.scan.more-rejected", n=len(listed.rejected) - MAX_REJECTED))


def _tell_plan(listed: TargetList, settings: Settings, *, as_json: bool) -> None:
    planned = estimate(listed.targets, settings)
    if as_json:
        put_json(planned.record())
    else:
        for line in told(planned).split("\n"):
            put(line)


def _run(plan: Plan, *, new: bool, lines: bool) -> Progress:
    """Scan; Ctrl-C keeps what is done and says how to go on. Where the line is dead, a `new` run leaves nothing."""
    try:
        with live.progress(len(plan.listed.targets), lines=lines) as report_progress:
            return run_loop(plan, report_progress)
    except DeadLineError:
        if new:
            shutil.rmtree(plan.folder.path, ignore_errors=True)
        say(t("cli.scan.dead"))
        raise typer.Exit(INCOMPLETE) from None
    except (KeyboardInterrupt, EngineError) as error:
        if isinstance(error, EngineError):
            say(t("cli.scan.process", why=str(error)))
        done = len(plan.folder.committed())
        say(t("cli.scan.kept", n=done, run=str(plan.folder.path)))
        raise typer.Exit(INCOMPLETE) from None


def _finish(
    folder: RunFolder, database: providers.Database, home: str, site: Path | None, progress: Progress, *, as_json: bool
) -> None:
    results = folder.results()
    manifest: Run = results.manifest
    if as_json:
        put_json(
            {
                "run": manifest.id,
                "path": str(folder.path),
                "report": str(site) if site else None,
                "targets": manifest.targets,
                "findings": sum(map(len, results.findings.values())),
                "rejected": len(manifest.rejected),
                "unseen": progress.unseen,
                "answers": {name: n for name, n in manifest.counters.items() if " " in name},
                "network": {name: n for name, n in manifest.counters.items() if " " not in name},
            }
        )
    else:
        live.summary(results, database, home)
        put("")
        put(t("cli.scan.stored", path=str(folder.path)))
        if site:
            put(t("cli.scan.report", path=str(site)))
    if progress.unseen:
        say(t("cli.scan.unseen", n=progress.unseen, total=manifest.targets))
        raise typer.Exit(INCOMPLETE)
