"""French and English say the same things: same codes, same arguments, proper typography."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from scanner.i18n import LANGUAGES, Translator, catalogue
from scanner.model import Confidence, Verdict

Message = str | dict[str, str]

CODES = """
registry.by-suffix{suffix} registry.no-rule{suffix} registrar.rdap{registrar} registrar.no-rule{registrar}
registrar.not-published registrar.failed{why} dns.by-name{host} dns.own-name{host} dns.no-rule{host}
dns.on-network{host,network} dns.dead-server{host} dns.no-zone{why} dns.failed{why} web.no-address{why}
web.failed{why} web.addresses-unasked hosting.by-name{name} hosting.by-range{address} hosting.by-header{header}
hosting.by-name-and-range{name} hosting.by-as{asn,as_name} hosting.by-netname{netname}
hosting.own-network{asn,as_name} hosting.access-network{as_name} hosting.no-rule{address,network}
hosting.behind-edge{edge} hosting.behind-edge-header{edge} hosting.customer-machine{host} edge.by-name{name}
edge.by-range{address} edge.by-header{header} edge.agree{signals} edge.disagree{signals} edge.none edge.not-observable
certificate.by-fingerprint{issuer} certificate.by-organisation{issuer} certificate.under-root{issuer} certificate.self-signed
certificate.no-rule{issuer} certificate.none{why} certificate.failed{why} mail.gateway-by-name{host} mail.gateway-none
mail.gateway-possible{host} mail.mx-by-name{host} mail.mx-by-address{host} mail.own-mx{host} mail.mx-no-rule{host}
mail.behind-gateway{gateway,signals} mail.behind-relay{relay,signals} mail.hidden-by-gateway{gateway}
mail.autodiscover-only mail.no-mx mail.null-mx mail.failed{why} mail.isp-mailbox sender.by-spf{term} sender.own{term}
sender.no-rule{term} sender.no-spf sender.failed{why} sender.loop sender.too-many-lookups reports.by-domain{domain}
reports.own{domain} reports.no-rule{domain} reports.no-dmarc reports.none reports.failed{why} account.by-token{token}
account.by-tenant resource.by-host{host} resource.cloaked{host,target} resource.no-rule{host} resource.none
resource.page-failed{why} resource.page-status{status} resource.scripts-not-run resource.public-sister{host}
declared.by-csp{host} declared.no-rule{host} resource.page-cut resource.browser-failed{why}
declared.by-reporting{host} declared.reporting-no-rule{host}
"""
REASONS = CODES.split()


def arguments(message: Message) -> set[str]:
    texts = [message] if isinstance(message, str) else list(message.values())
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_have_the_same_codes() -> None:
    french, english = catalogue("fr"), catalogue("en")
    assert sorted(french) == sorted(english)


def shape(message: Message) -> tuple[set[str], bool]:
    """Arguments and whether the message is plural; which number a noun takes is each language's own affair."""
    names = arguments(message) - {"n"}
    return ({"unit" if name == "units" else name for name in names}, isinstance(message, str))


def test_a_message_takes_the_same_arguments_in_both_languages() -> None:
    french, english = catalogue("fr"), catalogue("en")
    assert [code for code in french if shape(french[code]) != shape(english[code])] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_plural_messages_have_the_forms_that_a_number_can_call_for(language: str) -> None:
    plurals = {code: set(message) for code, message in catalogue(language).items() if isinstance(message, dict)}
    assert [code for code, forms in plurals.items() if not {"one", "other"} <= forms] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_code_has_a_sentence_with_its_arguments(language: str, reason: str) -> None:
    code, _, named = reason.rstrip("}").partition("{")
    message = catalogue(language)[f"reason.{code}"]
    assert arguments(message) == (set(named.split(",")) if named else set())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_is_one_sentence(language: str) -> None:
    reasons = {code: text for code, text in catalogue(language).items() if code.startswith("reason.")}
    texts = [
        text for message in reasons.values() for text in ([message] if isinstance(message, str) else message.values())
    ]
    assert [text for text in texts if not (text.endswith(".") and text[0].isupper())] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_closed_sets_are_named(language: str) -> None:
    translator = Translator(language)
    codes = [*(f"confidence.{one}" for one in Confidence), *(f"verdict.{one}" for one in Verdict)]
    whys = "nxdomain nodata servfail refused timeout malformed blocked connect tls http too-large unasked no-rdap crash browser"
    whys += " no-page no-banner"
    signals = "mx dkim autodiscover spf address cname range header asn netname"
    codes += [f"why.{one}" for one in whys.split()] + [f"signal.{one}" for one in signals.split()]
    assert [code for code in codes if not translator.has(code)] == []


FORBIDDEN = re.compile(r" [;!?%»]|« |'|\S[;!?](?=\s|$)|[^\s\u202f]:(?=\s|$)")
"""French wants U+202F before ; : ! ? % and inside « », and the curly apostrophe."""


def test_french_texts_are_set_as_french() -> None:
    wrong = []
    for code, message in catalogue("fr").items():
        if not re.match(r"report\.|reason\.|method\.|class\.|why\.|signal\.", code):
            continue  # each area's own tests judge the rest
        for text in [message] if isinstance(message, str) else message.values():
            spaced = re.sub("\u202f[;!?:]", "", text)
            if FORBIDDEN.search(spaced):
                wrong.append((code, text))
    assert wrong == []
