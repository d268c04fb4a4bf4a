"""Rarer shapes of mail: several services, dead servers, chains of filters, keys, greetings, provider's own domains."""

from __future__ import annotations

from scanner import ask
from scanner.model import Role, Target, Verdict
from scanner.providers import Database
from scanner.run.target import conclude
from tests.attribute.world import BODY, absent, claims, dns, network, of, ok, one, said, txt

GATEWAY = dns("ville.example", "MX", "10 mx1.mx.filter.test.")
OWN = dns("ville.example", "MX", "10 mail.ville.example.")
DKIM = dns("s1._domainkey.ville.example", "CNAME", "s1._domainkey.onsoft.test.")
KEY = txt("search._domainkey.ville.example", "v=DKIM1; k=rsa; p=MIIBIjAN")
SPF_SEARCH = "v=spf1 include:_spf.search.test -all"


def test_split_delivery_names_both_the_preferred_first() -> None:
    finding = one(Role.MAILBOX, dns("ville.example", "MX", "20 a.mail.soft.test.", "10 mx.search.test."))
    assert said(finding) == ("provider", "mail.split")
    assert claims(finding) == [("search", "operates", "confirmed"), ("soft", "operates", "confirmed")]


def test_split_delivery_of_equal_preference_puts_the_corroborated_one_first() -> None:
    mx = dns("ville.example", "MX", "10 mx.search.test.", "10 a.mail.soft.test.")
    assert [provider for provider, *_ in claims(one(Role.MAILBOX, mx, DKIM))] == ["soft", "search"]


def test_a_provider_that_only_stands_in_for_the_body_s_own_server_is_a_rival() -> None:
    mx = dns("ville.example", "MX", "10 mail.ville.example.", "20 a.mail.soft.test.")
    finding = one(Role.MAILBOX, mx)
    assert said(finding) == ("self", "mail.own-mx")
    assert claims(finding) == [("soft", "operates", "indicated")]


def test_a_server_whose_name_leads_nowhere_receives_nothing() -> None:
    gone = [absent(ask.dns("mail.ville.example", kind), "nxdomain") for kind in ("A", "AAAA")]
    for role in (Role.MAILBOX, Role.MAIL_GATEWAY):
        assert said(one(role, OWN, *gone)) == ("absent", "mail.dangling")
    both = dns("ville.example", "MX", "10 mail.ville.example.", "20 a.mail.soft.test.")
    assert claims(one(Role.MAILBOX, both, *gone)) == [("soft", "operates", "confirmed")]


def test_a_server_not_asked_for_its_address_is_not_dead() -> None:
    assert one(Role.MAILBOX, OWN, absent(ask.dns("mail.ville.example", "A"))).verdict is Verdict.SELF


def test_an_mx_that_is_an_address_is_unattributed_and_hosted_by_its_network() -> None:
    finding = one(Role.MAILBOX, dns("ville.example", "MX", "10 203.0.113.9."), network("203.0.113.9", 64512))
    assert said(finding) == ("unattributed", "mail.mx-by-address")
    assert claims(finding) == [("host", "hosts", "indicated")]


def test_an_mx_that_is_an_alias_of_a_filter_is_that_filter() -> None:
    alias = dns("mail.ville.example", "CNAME", "mx9.mx.filter.test.")
    assert claims(one(Role.MAIL_GATEWAY, OWN, alias)) == [("filter", "operates", "confirmed")]
    assert said(one(Role.MAILBOX, OWN, alias)) == ("unknown", "mail.hidden-by-gateway")


def test_a_null_mx_receives_nothing_whoever_spf_lets_send() -> None:
    answers = (dns("ville.example", "MX", "0 ."), txt("ville.example", "v=spf1 include:spf.soft.test -all"))
    assert said(one(Role.MAILBOX, *answers)) == ("absent", "mail.null-mx")
    assert claims(one(Role.MAIL_SENDER, *answers)) == [("soft", "operates", "confirmed")]


def test_filters_chained_twice_are_two_and_the_mailbox_behind_them_is_seen() -> None:
    second = dns("s2._domainkey.ville.example", "CNAME", "s2.sign.filter.test.")
    mx = dns("ville.example", "MX", "10 in.unlisted.test.")
    found = of(Role.MAIL_GATEWAY, mx, DKIM, second)
    assert [(f.subject, f.reason.code) for f in found] == [("s2._domainkey.ville.example", "mail.gateway-by-dkim")]
    mx = dns("ville.example", "MX", "10 mx.second.test.")
    found = of(Role.MAIL_GATEWAY, mx, DKIM, second)
    assert [(f.subject, claims(f)[0][0]) for f in found] == [
        ("mx.second.test", "second"),
        ("s2._domainkey.ville.example", "filter"),
    ]
    assert claims(one(Role.MAILBOX, mx, DKIM, second)) == [("soft", "operates", "probable")]


def test_a_key_at_a_selector_of_one_provider_is_a_weak_sign_and_two_weak_ones_are_probable() -> None:
    assert claims(one(Role.MAILBOX, GATEWAY, KEY)) == [("search", "operates", "indicated")]
    both = one(Role.MAILBOX, GATEWAY, KEY, txt("ville.example", SPF_SEARCH))
    assert claims(both) == [("search", "operates", "probable")]
    assert both.reason.args["signals"] == ["dkim-key", "spf"]


def test_a_revoked_key_and_a_wildcard_zone_prove_nothing() -> None:
    revoked = txt("search._domainkey.ville.example", "v=DKIM1; p=")
    assert one(Role.MAILBOX, GATEWAY, revoked).verdict is Verdict.UNKNOWN
    probe = txt("sovscan-wildcard-probe._domainkey.ville.example", "v=DKIM1; p=MIIB")
    finding = one(Role.MAILBOX, GATEWAY, KEY, DKIM, probe)
    assert (finding.verdict, finding.claims) == (Verdict.UNKNOWN, ())


def test_spf_and_a_tenant_behind_a_filter_indicate_the_mailbox(database: Database) -> None:
    record = txt("ville.example", "v=spf1 include:spf.protection.outlook.com -all")
    for tenant, verdict in (("Managed", "provider"), ("Unknown", "unknown")):
        mx = dns("ville.example", "MX", "10 mx01.hornetsecurity.com.")
        answers = (mx, record, ok(ask.tenant("ville.example"), tenant))
        found = conclude(BODY, {answer.question: answer for answer in answers}, database).findings
        finding = next(f for f in found if f.role is Role.MAILBOX)
        assert finding.verdict == verdict
        assert claims(finding) == [("microsoft", "operates", "indicated")]


def test_autoconfig_and_imap_s_srv_are_signs_like_autodiscover() -> None:
    for answer in (
        dns("autoconfig.ville.example", "CNAME", "autodiscover.soft.test."),
        dns("_imaps._tcp.ville.example", "SRV", "0 1 993 autodiscover.soft.test."),
    ):
        assert claims(one(Role.MAILBOX, GATEWAY, answer)) == [("soft", "operates", "indicated")]


def test_a_town_with_an_access_provider_s_addresses_is_a_class_of_its_own() -> None:
    body = Target("ville.example", "ville.example", mail_domain="wanadisp.test")
    finding = one(Role.MAILBOX, dns("wanadisp.test", "MX", "10 mx.elsewhere.test."), target=body)
    assert said(finding) == ("provider", "mail.isp-mailbox")
    assert claims(finding) == [("isp", "operates", "confirmed")]


def test_a_server_that_greets_in_a_service_s_name_is_that_service_s() -> None:
    greeting = ok(ask.smtp("mail.ville.example"), {"name": "a.mail.soft.test", "san": ["*.mail.soft.test"]})
    finding = one(Role.MAILBOX, OWN, greeting)
    assert said(finding) == ("provider", "mail.mx-by-greeting")
    assert claims(finding) == [("soft", "operates", "probable")]
    alone = ok(ask.smtp("mail.ville.example"), {"name": "a.mail.soft.test", "san": ["mail.ville.example"]})
    assert claims(one(Role.MAILBOX, OWN, alone)) == [("soft", "operates", "indicated")]


def test_a_greeting_of_a_wrong_shape_is_no_sign() -> None:
    for value in ({"name": None, "san": "x"}, {"san": [1, None]}, {}):
        assert one(Role.MAILBOX, OWN, ok(ask.smtp("mail.ville.example"), value)).verdict is Verdict.SELF


def test_mail_at_another_public_body_is_a_public_provider_s() -> None:
    finding = one(Role.MAILBOX, dns("ville.example", "MX", "10 mx.y.gouv.fr."))
    assert [claim.type for claim in finding.claims] == ["public"]
