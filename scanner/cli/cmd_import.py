"""`sovscan import`: page loads that other tools recorded, as a recording that `scan --replay` answers from."""

from __future__ import annotations

from pathlib import Path

import typer

from scanner import imports
from scanner.ask import Recorder
from scanner.cli.output import put, put_json, say, t
from scanner.model import Answer, Question
from scanner.net.consent import CHOICES

MAX_SHOWN = 50


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import", help=t("cli.import.help"))(import_)


def import_(
    files: list[Path] = typer.Argument(help=t("cli.import.files"), metavar="FILE..."),
    out: Path = typer.Option(..., "--out", help=t("cli.import.out"), metavar="FILE"),
    consent: str = typer.Option("none", "--consent", help=t("cli.import.consent"), metavar="CHOICE"),
    as_json: bool = typer.Option(False, "--json", help=t("cli.option.json")),
) -> None:
    """Read every file, then write: a file that cannot be read leaves no recording behind."""
    if consent not in CHOICES:
        raise typer.BadParameter(t("cli.scan.no-choice", choices=", ".join(CHOICES)), param_hint="--consent")
    answers: dict[Question, Answer] = {}
    for path in files:
        found = imports.read(path, consent)
        for answer in found:
            if answer.question in answers:
                say(t("cli.import.again", file=str(path), subject=answer.question.subject))
            answers[answer.question] = answer
    recorder = Recorder(out)
    try:
        recorder.write(answers.values())
    except BaseException:
        recorder.discard()
        raise
    recorder.close()
    pages = sorted({question.subject for question in answers if question.kind == "page"})
    if as_json:
        put_json({"recording": str(out), "answers": len(answers), "pages": pages})
        return
    put(t("cli.import.done", n=len(answers), path=str(out)))
    put(t("cli.import.pages", n=len(pages)))
    for url in pages[:MAX_SHOWN]:
        put(f"  {url}")
