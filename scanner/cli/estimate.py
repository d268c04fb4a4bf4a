"""What a scan will ask and how long it will take, told before it begins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from scanner.cli.output import t
from scanner.cli.session import opted_out
from scanner.model import Target
from scanner.names import icann_suffix
from scanner.net import Settings

LARGE = 500
"""Targets from which on the plan is told unasked."""

# Of one target, measured on the bodies of the demonstration.
DNS_QUESTIONS = 37
WEB_CONNECTIONS = 3
REGISTRY_QUESTIONS = 1
# Seconds that one takes on an ordinary line, waiting included.
DNS_SECONDS = 0.1
WEB_SECONDS = 1.5
PAGE_SECONDS = 12.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """How much a scan asks. `hosts`: web hosts contacted; `left_out`: targets that opted out; `seconds`: about how
    long; `limit`: what decides that: rate, dns, web, registry or browser."""

    targets: int
    left_out: int
    hosts: int
    dns: int
    web: int
    registry: int
    seconds: int
    limit: str

    def record(self) -> dict[str, object]:
        """As JSON."""
        return asdict(self)


def estimate(targets: Sequence[Target], settings: Settings) -> Estimate:
    """What scanning these targets means under these settings."""
    silent = set(opted_out(targets, settings))
    asked = [target for target in targets if target not in silent]
    n = len(asked)
    dns, web, registry = n * DNS_QUESTIONS, n * WEB_CONNECTIONS, n * REGISTRY_QUESTIONS if settings.rdap else 0
    most = max(Counter(icann_suffix(target.domain).rpartition(".")[2] for target in asked).values(), default=0)
    resolvers = max(1, len(settings.resolvers))
    times = {
        "dns": dns * DNS_SECONDS / settings.dns_in_flight / resolvers,
        "web": web * WEB_SECONDS / settings.http_in_flight,
        "registry": most * settings.rdap_interval if settings.rdap else 0.0,
        "rate": (dns + web + registry) / settings.rate if settings.rate > 0 else 0.0,
        "browser": n * PAGE_SECONDS / settings.browser_pages if settings.browser else 0.0,
    }
    limit = max(times, key=lambda name: times[name])
    hosts = len({target.host for target in asked})
    return Estimate(n, len(silent), hosts, dns, web, registry, round(times[limit]), limit)


def told(plan: Estimate) -> str:
    """The plan, for a person."""
    minutes = max(1, -(-plan.seconds // 60))
    time = t("cli.plan.minutes", n=minutes) if minutes < 120 else t("cli.plan.hours", n=round(minutes / 60))
    counts = {"dns": plan.dns, "web": plan.web, "hosts": plan.hosts, "registry": plan.registry}
    lines = [
        t("cli.plan.what", n=plan.targets, **counts),
        t("cli.plan.time", time=time, limit=t(f"cli.plan.{plan.limit}")),
    ]
    if plan.left_out:
        lines.append(t("cli.plan.left-out", n=plan.left_out))
    return "\n".join(lines)
