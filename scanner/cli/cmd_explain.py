"""`sovscan explain`: what was concluded on a body, why, and how to check it by hand."""

from __future__ import annotations

from pathlib import Path

import typer

from scanner import providers, store
from scanner.cli.output import put, put_json, say, t
from scanner.encode import finding_to_json
from scanner.model import Claim, Finding, Relation, Role
from scanner.names import HostnameError, to_ascii
from scanner.report.commands import command
from scanner.report.voice import Voice

USAGE = 2


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explain", help=t("cli.explain.help"))(explain)


def explain(
    domain: str = typer.Argument(help=t("cli.explain.domain"), metavar="DOMAIN"),
    role: str = typer.Argument("", help=t("cli.explain.role"), metavar="[ROLE]"),
    run: Path = typer.Option(Path("output"), "--run", help=t("cli.option.run"), metavar="RUN"),
    as_json: bool = typer.Option(False, "--json", help=t("cli.option.json")),
) -> None:
    """One block a finding."""
    if role and role not in Role.__members__.values():
        say(t("cli.explain.unknown-role", role=role, roles=", ".join(Role)))
        raise typer.Exit(USAGE)
    try:
        name = to_ascii(domain).removeprefix("www.")
    except HostnameError as error:
        say(t("cli.error", why=str(error)))
        raise typer.Exit(USAGE) from error
    folder = store.open_run(run)
    found = [finding for finding in folder.findings() if finding.domain == name and role in ("", finding.role)]
    if not found:
        say(t("cli.explain.nothing", domain=name, run=str(folder.path)))
        raise typer.Exit(USAGE)
    voice = Voice(t.language, providers.load(), folder.manifest().home)
    for finding in found:
        if as_json:
            put_json(finding_to_json(finding))
        else:
            _print(finding, voice)


def _relation_code(finding: Finding, claim: Claim) -> str:
    if finding.role is Role.CERTIFICATE and claim.relation is Relation.HOSTS:
        return "providers.explain.root"
    return f"cli.relation.{claim.relation}"


def _claim_code(claim: Claim) -> str:
    if claim.established or not claim.country:
        return "cli.explain.claim"
    return "providers.explain.seat" if claim.owner == claim.provider else "providers.explain.seat-of"


def _print(finding: Finding, voice: Voice) -> None:
    category = f" [{voice.category(finding.category)}]" if finding.category else ""
    put(f"{voice.role(finding.role)}: {finding.subject}{category}")
    put(f"  {t(f'cli.verdict.{finding.verdict}')}" + ("" if finding.complete else f" ({t('cli.incomplete')})"))
    for claim in finding.claims:
        put(
            "  "
            + t(
                _claim_code(claim),
                name=claim.name,
                country=t.country(claim.country),
                owner=claim.owner,
                relation=t(_relation_code(finding, claim)),
                confidence=t(f"cli.confidence.{claim.confidence}"),
            )
        )
        for rule in claim.rules:
            put(f"      {rule}")
    put(f"  {voice.reason(finding.reason)}")
    for evidence in finding.evidence:
        put(f"    {evidence.kind} {evidence.subject} {evidence.detail}: {evidence.value}")
        check = command(evidence, finding.domain, finding.role)
        if check:
            put(f"      $ {check}")
    put("")
