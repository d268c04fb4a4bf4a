"""What a provider's stop would surely stop: the plain list that needs no what-if engine.

Only what is certain is said: every question answered, one operator alone in the role, its claim confirmed. Anything
less is left out, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scanner.metrics import counted_claim
from scanner.model import Claim, Confidence, Finding, Role, Verdict

SITE, MAIL, PAGE = "site", "mail", "page"
_STOPS = {
    Role.DNS: SITE,
    Role.HOSTING: SITE,
    Role.EDGE: SITE,
    Role.MAIL_GATEWAY: MAIL,
    Role.MAILBOX: MAIL,
}


_UNFELT = frozenset({None, "", "other", "advertising"})
"""Resources whose loss says nothing, or that nobody who reads the page would miss."""


@dataclass(frozen=True, slots=True)
class Stop:
    """If `claim`'s provider stops, `what` (site, mail) stops; `lost`: categories that the page would only lose."""

    claim: Claim
    what: tuple[str, ...]
    lost: tuple[str, ...] = ()


def certain_stops(roles: Mapping[Role, Sequence[Finding]], hard: frozenset[Role]) -> list[Stop]:
    """The certain effects by provider, heaviest first. `hard`: roles whose loss stops the service at once."""
    what: dict[str, dict[str, None]] = {}
    lost: dict[str, dict[str, None]] = {}
    claims: dict[str, Claim] = {}
    for role, effect in _STOPS.items():
        claim = _sole_operator(roles.get(role, ())) if role in hard else None
        if claim is not None:
            claims.setdefault(claim.provider, claim)
            what.setdefault(claim.provider, {})[effect] = None
            if role is Role.DNS and _mail_needs(roles):
                what[claim.provider][MAIL] = None
    for finding in roles.get(Role.RESOURCE, ()):
        resource = counted_claim(finding)
        if resource is not None and resource.confidence is Confidence.CONFIRMED and finding.category not in _UNFELT:
            claims.setdefault(resource.provider, resource)
            lost.setdefault(resource.provider, {})[str(finding.category)] = None
    stops = [Stop(claim, tuple(what.get(key, ())), tuple(sorted(lost.get(key, ())))) for key, claim in claims.items()]
    return sorted(stops, key=_weight)


def _weight(stop: Stop) -> tuple[int, bool, int, str]:
    return (-len(stop.what), SITE not in stop.what, -len(stop.lost), stop.claim.name.casefold())


def _sole_operator(findings: Sequence[Finding]) -> Claim | None:
    """The claim of the one provider that holds the role alone; None when in any doubt."""
    found = [finding for finding in findings if finding.verdict is not Verdict.ABSENT]
    claims = [counted_claim(finding) for finding in found]
    if not found or not all(finding.complete for finding in found):
        return None
    first = claims[0]
    for claim, finding in zip(claims, found, strict=True):
        if claim is None or first is None or claim.provider != first.provider:
            return None
        if claim.confidence is not Confidence.CONFIRMED or len({rival.provider for rival in finding.claims}) > 1:
            return None
    return first


def _mail_needs(roles: Mapping[Role, Sequence[Finding]]) -> bool:
    """True when the mail domain is the very zone whose name servers were seen."""
    zones = {e.subject for f in roles.get(Role.DNS, ()) for e in f.evidence if e.kind == "dns" and e.detail == "NS"}
    mailboxes = [f for f in roles.get(Role.MAILBOX, ()) if f.verdict is not Verdict.ABSENT]
    return any(finding.subject in zones for finding in mailboxes)
