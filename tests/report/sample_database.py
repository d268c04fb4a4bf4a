"""The synthetic provider database of the report's tests: real names, ownership simplified."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from scanner.entries import Alternative, Group, Label
from scanner.model import (
    Claim,
    Confidence,
    Ownership,
    Provider,
    ProviderType,
    Relation,
    Role,
    Service,
    Source,
)
from scanner.providers import Database

SOURCE = Source("https://provider.example/legal", date(2026, 1, 10))
MEMBERS = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EU = frozenset(MEMBERS.split())


def provider(
    id_: str, name: str, country: str, owner: str = "", kind: str = "company", services: Sequence[tuple[str, ...]] = ()
) -> Provider:
    owners = [Ownership(owner, "majority", date(2024, 3, 1), None, "https://owner.example/deal")] if owner else []
    made = tuple(Service(s[0], s[1], Role(s[2]), s[3] if len(s) > 3 else "") for s in services)
    return Provider(id_, name, ProviderType(kind), country, f"https://{id_}.example/", (SOURCE,), tuple(owners), made)


PROVIDERS = [
    provider("alphabet", "Alphabet", "US"),
    provider("google", "Google", "US", "alphabet", services=[("fonts", "Google Fonts", "resource", "fonts")]),
    provider("microsoft", "Microsoft", "US", services=[("exchange", "Exchange Online", "mailbox")]),
    provider("cloudflare", "Cloudflare", "US", services=[("cdn", "Cloudflare", "edge")]),
    provider("isrg", "Let’s Encrypt", "US", kind="nonprofit"),
    provider("thoma-bravo", "Thoma Bravo", "US"),
    provider("hornetsecurity", "Hornetsecurity", "DE", "thoma-bravo"),
    provider("vade", "Vade", "FR", "hornetsecurity", services=[("gateway", "Vade Cloud", "mail-gateway")]),
    provider("ovh-groupe", "OVH Groupe", "FR"),
    provider("ovhcloud", "OVHcloud", "FR", "ovh-groupe", services=[("web", "OVHcloud", "hosting")]),
    provider("gandi", "Gandi", "FR"),
    provider("hetzner", "Hetzner", "DE"),
    provider("jsdelivr", "jsDelivr", "PL"),
    provider("yandex", "Yandex", "RU"),
    provider("rie", "Réseau interministériel de l’État", "FR", kind="public"),
    provider("afnic", "Afnic", "FR", kind="nonprofit"),
    provider("certigna", "Certigna", "FR"),
    provider("brevo", "Brevo", "FR"),
]

ROLE_LABELS = {
    "registry": ("Registre", "Registry"),
    "registrar": ("Bureau d’enregistrement", "Registrar"),
    "dns": ("Serveurs de noms (DNS)", "Name servers (DNS)"),
    "hosting": ("Hébergement", "Hosting"),
    "edge": ("Façade (CDN, anti-DDoS)", "Front (CDN, anti-DDoS)"),
    "certificate": ("Certificat", "Certificate"),
    "mail-gateway": ("Filtre de messagerie", "Mail filter"),
    "mailbox": ("Boîtes aux lettres", "Mailboxes"),
    "mail-sender": ("Expéditeurs autorisés", "Authorised senders"),
    "mail-reports": ("Rapports de messagerie (DMARC)", "Mail reports (DMARC)"),
    "account": ("Comptes prouvés", "Proven accounts"),
    "resource": ("Ressources des pages", "Page resources"),
    "declared-resource": ("Ressources déclarées", "Declared resources"),
}
CATEGORY_LABELS = {
    "analytics": ("Mesure d’audience", "Analytics"),
    "fonts": ("Polices de caractères", "Fonts"),
    "script-cdn": ("Scripts partagés", "Script CDN"),
    "video": ("Vidéo", "Video"),
}
HARD = {"registry", "dns", "hosting", "edge", "mail-gateway", "mailbox"}


ELSEWHERE = Alternative(
    "OutilDuLogicielLibrePourLesCommunesEtLeursGroupements",  # must not widen a phone's page
    "https://libre.example/",
    "libre",
    {"fr": "Logiciel libre, à installer chez soi.", "en": "Free software, to install oneself."},
    "https://source.example/" + "page" * 20,
    date(2026, 1, 10),
)
LEAVING = {"fr": "Copiez le site, puis changez les adresses.", "en": "Copy the site, then change the addresses."}
LEFT = frozenset({"hosting", "fonts"})
"""The labels that say what leaving looks like."""


def label(key: str, fr: str, en: str, hard: bool, help_: bool) -> Label:
    told = {"fr": f"{fr}.", "en": f"{en}."} if help_ else {}
    alternatives, leaving = ((ELSEWHERE,), LEAVING) if key in LEFT else ((), {})
    return Label({"fr": fr, "en": en}, told, hard, alternatives, leaving)


def database(extra: Sequence[Provider] = ()) -> Database:
    labels = {f"role/{key}": label(key, fr, en, key in HARD, True) for key, (fr, en) in ROLE_LABELS.items()}
    labels |= {f"category/{key}": label(key, fr, en, False, False) for key, (fr, en) in CATEGORY_LABELS.items()}
    groups = {"eu": Group("eu", {"fr": "UE", "en": "EU"}, frozenset(), EU)}
    return Database({p.id: p for p in [*PROVIDERS, *extra]}, groups, labels, "0a1b2c3d4e5f")


def claim(id_: str, service: str = "", confidence: str = "confirmed", relation: str = "operates") -> Claim:
    base = database()
    known = base.providers[id_]
    owner = base.ultimate_owner(id_, date(2026, 1, 17))
    return Claim(
        id_, known.name, known.type, service, Relation(relation), owner.id, owner.country, Confidence(confidence)
    )


CLAIMS = {known.id: claim(known.id, known.services[0].id if known.services else "") for known in PROVIDERS}
