"""From options to a run: lists, recordings, network, run folder. What `scan` and `demo` share."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from scanner import __version__, ask, targets
from scanner.ask import Ask, Recorder, Replay
from scanner.cli.output import say, t
from scanner.model import Answer, Question, Run, Target
from scanner.net import Network, Settings, local_table, security_txt, summed
from scanner.net.opt_out import covers
from scanner.net.preflight import Line
from scanner.providers import Database
from scanner.run.batches import BATCH, Progress, Wishes, scan
from scanner.run.engine import scan_in_processes
from scanner.run.loop import run_fast
from scanner.store import RunFolder, create
from scanner.targets import TargetList, TargetsError

MAX_NAMED = 1_000  # of those who opted out, in the manifest
MANY = 2_000  # targets from which on a second process gains more than its start costs


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a scan needs to know before the first question."""

    listed: TargetList
    database: Database
    folder: RunFolder
    settings: Settings
    replay: Mapping[Question, Answer] | None = None
    recorder: Recorder | None = None
    preflight: bool = False
    security_txt: bool = False
    processes: int = 1


class DeadLineError(Exception):
    """No resolver answers: nothing was asked."""


def read_lists(lists: Sequence[str], domains: Sequence[str]) -> TargetList:
    """Files, "-" for standard input, and domains given as arguments, as one list. Raises TargetsError."""
    parts = [targets.parse("\n".join(domains).encode(), "arguments")] if domains else []
    for name in lists:
        parts.append(targets.parse(sys.stdin.buffer.read(), "stdin") if name == "-" else targets.read(Path(name)))
    if not parts:
        raise TargetsError("nothing to scan: give domains, --list FILE, or --list - for standard input")
    return targets.merge(parts)


def new_run(output: Path, listed: TargetList, database: Database, settings: Settings, **more: object) -> RunFolder:
    """Lay out the folder of a run under `output/runs`."""
    started = datetime.now(UTC)
    digest = hashlib.sha256(f"{listed.digest}{started.isoformat()}".encode()).hexdigest()[:6]
    run = Run(
        id=f"{started.strftime('%Y%m%dT%H%M%SZ')}-{digest}",
        tool_version=__version__,
        database=database.digest,
        vantage=settings.vantage,
        resolvers=settings.resolvers,
        started=ask.now(),
        ended="",
        input_digest=listed.digest,
        targets=len(listed.targets),
        batch_size=BATCH,
        rejected=listed.rejected[:1000],
    )
    run = replace(run, **more)  # type: ignore[arg-type]
    return create(output / "runs" / run.id, run, listed.targets)


def processes_for(count: int, settings: Settings, wanted: int = 0) -> int:
    """How many processes scan so many targets: as wanted, else two for a large scan where there are processors; never
    more than can share the limits."""
    chosen = wanted or (min(2, os.cpu_count() or 1) if count >= MANY else 1)
    return min(chosen, settings.most_processes)


async def carry_out(plan: Plan, report: Callable[[Progress], None]) -> Progress:
    """Scan until every part is committed; the manifest tells what was asked. Cancelled, the parts done stay."""
    recorder, run = plan.recorder, plan.folder.manifest()
    try:
        async with AsyncExitStack() as stack:
            source = await _source(plan, stack)
            forged = await _look_at_the_line(source) if plan.preflight else False
            started = time.monotonic()
            progress, told = await _ask_all(plan, source, run.batch_size, report)
            counters = dict(progress.answers) | told | _speed(told, time.monotonic() - started)
    except BaseException:
        if recorder is not None:
            recorder.discard()
        raise
    plan.folder.conclude(plan.database.digest)
    first, last = plan.folder.observed()
    counters |= {"line.forged": 1} if forged else {}
    counters |= {f"opt-out.{target.domain}": 1 for target in opted_out(plan.listed.targets, plan.settings)[:MAX_NAMED]}
    resolvers = source.resolvers if isinstance(source, Network) else run.resolvers
    run = replace(run, counters=dict(sorted(counters.items())), resolvers=resolvers)
    plan.folder.write_manifest(replace(run, ended=ask.now(), observed_from=first, observed_to=last))
    if recorder is not None:
        recorder.close()
    return progress


async def _ask_all(
    plan: Plan, source: Ask, batch_size: int, report: Callable[[Progress], None]
) -> tuple[Progress, dict[str, int]]:
    """Scan, in as many processes as planned; how far it came, and the network's counters."""
    folder, targets, database = plan.folder, plan.listed.targets, plan.database
    silent = frozenset(target.domain for target in opted_out(targets, plan.settings))
    wishes = Wishes(silent, (security_txt.PATH,) if plan.security_txt else ())
    if plan.processes > 1 and isinstance(source, Network):
        progress, theirs = await scan_in_processes(
            plan.processes,
            folder,
            targets,
            plan.settings,
            database,
            batch_size,
            forgery=source.dns.forgery,
            recorder=plan.recorder,
            report=report,
            wishes=wishes,
        )
        return progress, summed([source.counters, theirs])
    progress = await scan(
        folder, targets, source, database, batch_size, recorder=plan.recorder, report=report, wishes=wishes
    )
    return progress, source.counters if isinstance(source, Network) else {}


async def _look_at_the_line(source: Ask) -> bool:
    """True, and said, where the resolver forges answers for missing names. Raises DeadLineError."""
    line = await source.preflight() if isinstance(source, Network) else Line.OK
    if line is Line.DEAD:
        raise DeadLineError
    if line is Line.FORGED:
        say(t("cli.scan.forged"))
    return line is Line.FORGED


def opted_out(targets: Sequence[Target], settings: Settings) -> list[Target]:
    """Those of a list who asked to be left alone."""
    return [target for target in targets if settings.opt_out and covers(settings.opt_out, target.host)]


def _speed(counters: Mapping[str, int], seconds: float) -> dict[str, int]:
    """How fast the network was asked."""
    asked = counters.get("dns.asked", 0) + counters.get("web.connections", 0)
    return {"questions-a-second": round(asked / max(seconds, 0.001))} if counters else {}


async def _source(plan: Plan, stack: AsyncExitStack) -> Ask:
    """The network, or recordings laid over each other with the local table of AS numbers."""
    if plan.replay is None:
        return await stack.enter_async_context(Network(plan.settings))
    local = local_table(plan.settings.asn_table) if plan.settings.asn_table else None
    return Replay(plan.replay, local)


def run_loop(plan: Plan, report: Callable[[Progress], None]) -> Progress:
    """`carry_out` on the fastest event loop there is."""
    return run_fast(carry_out(plan, report))
