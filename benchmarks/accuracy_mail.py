"""How often we agree with other people's classifiers on who keeps a body's mailboxes.

    python benchmarks/accuracy_mail.py [DATA]

DATA is the folder of recorded public data ($SOVSCAN_DATA, or `../shared`). Only where two independent lines of code
agree is a label taken for a yardstick; mxmap.it, mxmap.it-ipa, dk and pt share one line, the others make up the other.
Prints the agreement, confusion matrices by confidence with abstention, every disagreement, the disputed domains, and
how long the whole recording takes to conclude on one core.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from scanner import ask, providers, targets
from scanner.model import Answer, Finding, Question, Role, Target, Verdict
from scanner.providers import Database
from scanner.run.target import conclude

ONE_LINE = frozenset({"mxmap.it", "mxmap.it-ipa", "dk", "pt"})
CLASSES = ("microsoft", "google", "other")
ABSTAINED = "abstained"
GIANTS = {"microsoft": "microsoft", "google": "google", "alphabet": "google"}
AGREEMENT, ABSTENTION, SECONDS = 98.5, 5.0, 60.0
"""What the milestone asks: per cent of those concluded, per cent of all, seconds for the whole recording."""
EXPLAINED = Path(__file__).parents[1] / "docs" / "accuracy.md"


@dataclass(frozen=True, slots=True)
class Compared:
    """One domain: what the labels say by their source, what they amount to, and our finding."""

    domain: str
    labels: Mapping[str, str]
    coarse: tuple[str, ...]
    finding: Finding

    @property
    def ours(self) -> str:
        """microsoft, google, other, or abstained."""
        return coarse(self.finding)

    @property
    def confidence(self) -> str:
        """Of the best claim; "-" where the body, or nobody we know, runs its own."""
        found = self.finding
        return found.claims[0].confidence.value if found.claims and found.verdict is Verdict.PROVIDER else "-"


def coarse(finding: Finding) -> str:
    """A mailbox finding in the labels' terms. Without a mailbox, or unseen: abstained."""
    if finding.verdict in (Verdict.UNKNOWN, Verdict.ABSENT):
        return ABSTAINED
    if finding.verdict is not Verdict.PROVIDER:
        return "other"
    claim = finding.claims[0]
    return GIANTS.get(claim.provider) or GIANTS.get(claim.owner) or "other"


def compare(data: Path, database: Database) -> Iterator[Compared]:
    """Every labelled domain that both lines of code speak of."""
    answers = ask.read_recordings([data / "recordings" / "mail.jsonl.gz"])
    listed = {target.domain: target for target in targets.read(data / "lists" / "mail-domains.csv").targets}
    with (data / "labels" / "mail.jsonl").open("rb") as file:
        for label in map(orjson.loads, file):
            lines = {source in ONE_LINE for source in label["labels"]}
            if len(lines) == 2 and label["domain"] in listed:
                finding = mailbox(listed[label["domain"]], answers, database)
                if finding is not None:
                    yield Compared(label["domain"], label["labels"], tuple(label["coarse"]), finding)


def mailbox(target: Target, answers: Mapping[Question, Answer], database: Database) -> Finding | None:
    """The mailbox finding of a target."""
    found = conclude(target, answers, database).findings
    return next((finding for finding in found if finding.role is Role.MAILBOX), None)


def agreed(compared: list[Compared]) -> list[Compared]:
    """Where both lines say the same of the three classes."""
    return [one for one in compared if len(one.coarse) == 1 and one.coarse[0] in CLASSES]


def disputed(data: Path, database: Database) -> list[Compared]:
    """Every domain on which labels differ, within a line of code too."""
    answers = ask.read_recordings([data / "recordings" / "mail.jsonl.gz"])
    listed = {target.domain: target for target in targets.read(data / "lists" / "mail-domains.csv").targets}
    found = []
    with (data / "labels" / "mail.jsonl").open("rb") as file:
        for label in map(orjson.loads, file):
            if not label["agree"] and label["domain"] in listed:
                finding = mailbox(listed[label["domain"]], answers, database)
                if finding is not None:
                    found.append(Compared(label["domain"], label["labels"], tuple(label["coarse"]), finding))
    return found


def matrix(compared: list[Compared]) -> str:
    """Labels by line, ours by column."""
    counts = Counter((one.coarse[0], one.ours) for one in compared)
    columns = (*CLASSES, ABSTAINED)
    lines = ["  labels say".ljust(14) + "".join(f"{name:>11}" for name in columns)]
    for row in CLASSES:
        lines.append(f"  {row}".ljust(14) + "".join(f"{counts[row, name]:>11}" for name in columns))
    return "\n".join(lines)


def why(finding: Finding) -> str:
    """What a conclusion rests on, in few words: reason, signals, claims."""
    args = finding.reason.args
    signals = "+".join(args.get("signals", ()))
    claims = ", ".join(f"{claim.provider} {claim.confidence.value}" for claim in finding.claims) or "nobody named"
    return f"{finding.reason.code}{f' ({signals})' if signals else ''}: {claims}"


def table(compared: list[Compared]) -> Iterator[str]:
    """The disputed domains as lines of a Markdown table."""
    yield "| domain | labels | ours | why |"
    yield "|---|---|---|---|"
    for one in sorted(compared, key=lambda one: one.domain):
        labels = ", ".join(f"{source}: {value}" for source, value in sorted(one.labels.items()))
        yield f"| {one.domain} | {labels} | {one.ours} | {why(one.finding)} |"


def speed(data: Path, database: Database) -> tuple[int, float]:
    """Bodies and seconds of processor time to conclude on the whole recording, answers and rules loaded."""
    answers = ask.read_recordings([data / "recordings" / "mail.jsonl.gz"])
    bodies = targets.read(data / "lists" / "mail-domains.csv").targets
    database.rules.match("mx", "mx.example.net")
    start = time.process_time()
    for target in bodies:
        conclude(target, answers, database)
    return len(bodies), time.process_time() - start


def report(data: Path, database: Database) -> int:
    """Print everything; how many targets were missed."""
    both = agreed(list(compare(data, database)))
    concluded = [one for one in both if one.ours != ABSTAINED]
    right = sum(one.ours == one.coarse[0] for one in concluded)
    agreement = 100 * right / max(1, len(concluded))
    abstained = 100 * (len(both) - len(concluded)) / max(1, len(both))
    print(f"\nMail: {len(both)} domains on which two independent lines of classifiers agree")
    print(f"  agreement {right} of {len(concluded)} = {agreement:.2f} % (target {AGREEMENT} %)", end="")
    print(f", abstained {len(both) - len(concluded)} = {abstained:.2f} % (at most {ABSTENTION} %)")
    print(matrix(both))
    for confidence in sorted({one.confidence for one in both}):
        part = [one for one in both if one.confidence == confidence]
        out = sum(one.ours == ABSTAINED for one in part)
        print(f"  {confidence}: {len(part)} domains, abstained {100 * out / len(part):.1f} %\n{matrix(part)}")
    explained = EXPLAINED.read_text(encoding="utf-8") if EXPLAINED.is_file() else ""
    for one in both:
        if one.ours != one.coarse[0]:
            mark = "" if f"| {one.domain} |" in explained else "  (not explained yet)"
            print(f"  {one.domain}: {one.coarse[0]} | {one.ours}: {why(one.finding)}{mark}")
    disputes = disputed(data, database)
    print(f"\nDisputed: {len(disputes)} domains, of which ours: ", end="")
    print(", ".join(f"{name} {count}" for name, count in sorted(Counter(one.ours for one in disputes).items())))
    print("\n".join(table(disputes)))
    bodies, seconds = speed(data, database)
    print(f"\nMail: {bodies:,} recorded bodies concluded in {seconds:.1f} s on one core (at most {SECONDS:.0f} s)")
    return (agreement < AGREEMENT) + (abstained > ABSTENTION) + (seconds > SECONDS)


def main() -> int:
    """The command."""
    data = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("SOVSCAN_DATA", "../shared"))
    if not (data / "recordings").is_dir():
        print(f"{data}: no recorded data here; give its folder")
        return 2
    return 1 if report(data, providers.load()) else 0


if __name__ == "__main__":
    sys.exit(main())
