"""Who filters the mail and who keeps it: gateway and mailbox."""

from __future__ import annotations

import pytest

from scanner import ask
from scanner.model import Answer, Question, Role, Target
from tests.attribute.world import BODY, absent, claims, dns, failed, network, of, ok, one, said, txt

GATEWAY = dns("ville.example", "MX", "10 mx1.mx.filter.test.")
RELAY = dns("ville.example", "MX", "10 in.unlisted.test.")
DKIM = dns("s1._domainkey.ville.example", "CNAME", "s1._domainkey.onsoft.test.")
AUTO = dns("autodiscover.ville.example", "CNAME", "autodiscover.soft.test.")
SPF = txt("ville.example", "v=spf1 include:spf.soft.test -all")
PROBE = "sovscan-wildcard-probe._domainkey.ville.example"


def test_dkim_and_autodiscover_confirm_the_mailbox_behind_a_gateway() -> None:
    finding = one(Role.MAILBOX, GATEWAY, DKIM, AUTO)
    assert said(finding) == ("provider", "mail.behind-gateway")
    assert claims(finding) == [("soft", "operates", "confirmed")]
    assert finding.reason.args["gateway"] == "filter"
    assert finding.reason.args["signals"] == ["dkim", "autodiscover"]
    assert claims(one(Role.MAIL_GATEWAY, GATEWAY, DKIM, AUTO)) == [("filter", "operates", "confirmed")]


@pytest.mark.parametrize(
    ("signals", "confidence"),
    [((DKIM, SPF), "confirmed"), ((DKIM,), "probable"), ((AUTO, SPF), "probable"), ((AUTO,), "indicated")],
)
def test_what_stands_behind_a_gateway_is_as_sure_as_its_signals(signals: tuple[Answer, ...], confidence: str) -> None:
    assert claims(one(Role.MAILBOX, GATEWAY, *signals)) == [("soft", "operates", confidence)]


def test_nothing_behind_a_known_gateway_is_unknown() -> None:
    finding = one(Role.MAILBOX, GATEWAY)
    assert said(finding) == ("unknown", "mail.hidden-by-gateway")
    assert not finding.claims
    assert not finding.complete


def test_unknown_behind_a_gateway_is_complete_once_everything_was_asked() -> None:
    asked = [absent(ask.dns(f"{s}._domainkey.ville.example", "CNAME")) for s in ("sovscan-wildcard-probe", "s1", "s2")]
    asked += [dns("autodiscover.ville.example", "CNAME"), dns("_autodiscover._tcp.ville.example", "SRV")]
    assert one(Role.MAILBOX, GATEWAY, *asked, txt("ville.example", "v=spf1 -all")).complete


def test_an_unlisted_mx_is_a_relay_where_dkim_names_a_mailbox() -> None:
    finding = one(Role.MAILBOX, RELAY, DKIM)
    assert said(finding) == ("provider", "mail.behind-relay")
    assert claims(finding) == [("soft", "operates", "probable")]
    assert said(one(Role.MAIL_GATEWAY, RELAY, DKIM)) == ("unattributed", "mail.gateway-possible")


def test_an_srv_record_is_a_signal_like_autodiscover_s_alias() -> None:
    service = dns("_autodiscover._tcp.ville.example", "SRV", "0 0 443 srv.soft.test.")
    assert claims(one(Role.MAILBOX, GATEWAY, service)) == [("soft", "operates", "indicated")]


def test_autodiscover_alone_stands_beside_what_the_mx_says() -> None:
    where = (dns("in.unlisted.test", "A", "203.0.113.9"), network("203.0.113.9", 64512))
    finding = one(Role.MAILBOX, RELAY, AUTO, *where)
    assert finding.verdict == "unattributed"
    assert claims(finding) == [("host", "hosts", "indicated"), ("soft", "operates", "indicated")]


def test_spf_alone_never_names_a_mailbox_behind_an_unlisted_mx() -> None:
    finding = one(Role.MAILBOX, RELAY, SPF)
    assert said(finding) == ("unattributed", "mail.mx-no-rule")
    assert not finding.claims


def test_a_wildcard_zone_proves_nothing() -> None:
    wildcard = dns(PROBE, "CNAME", "s1._domainkey.onsoft.test.")
    finding = one(Role.MAILBOX, GATEWAY, DKIM, wildcard)
    assert finding.verdict == "unknown"
    same = dns("autodiscover.ville.example", "CNAME", "autodiscover.soft.test.")
    assert one(Role.MAILBOX, GATEWAY, same, dns(PROBE, "CNAME", "autodiscover.soft.test.")).verdict == "unknown"


def test_a_sender_s_dkim_is_no_mailbox() -> None:
    dkim = dns("s1._domainkey.ville.example", "CNAME", "s1.dkim.sender.test.")
    assert one(Role.MAILBOX, GATEWAY, dkim).verdict == "unknown"


def test_tokens_and_tenants_prove_an_account_never_a_mailbox() -> None:
    tokens = txt("ville.example", "soft-verify=1", "search-site-verification=2")
    tenant = ok(Question("tenant", "ville.example", "microsoft365"), "Managed")
    assert one(Role.MAILBOX, GATEWAY, tokens, tenant).verdict == "unknown"
    assert [(f.subject, f.claims[0].provider) for f in of(Role.ACCOUNT, GATEWAY, tokens)] == [
        ("search-site-verification", "search"),
        ("soft-verify", "soft"),
    ]


def test_an_mx_of_a_mailbox_service_is_confirmed_and_has_no_filter() -> None:
    mx = dns("ville.example", "MX", "10 a.mail.soft.test.")
    assert said(one(Role.MAILBOX, mx)) == ("provider", "mail.mx-by-name")
    assert claims(one(Role.MAILBOX, mx)) == [("soft", "operates", "confirmed")]
    assert said(one(Role.MAIL_GATEWAY, mx)) == ("absent", "mail.gateway-none")


def test_a_name_that_only_looks_like_a_provider_s_is_not_it() -> None:
    assert one(Role.MAILBOX, dns("ville.example", "MX", "10 notmail.soft.test.evil.test.")).verdict == "unattributed"


def test_dkim_of_the_mailbox_that_an_mx_names_makes_no_relay_of_a_second_mx() -> None:
    mx = dns("ville.example", "MX", "10 a.mail.soft.test.", "20 mx.ville.example.")
    assert said(one(Role.MAIL_GATEWAY, mx, DKIM)) == ("absent", "mail.gateway-none")


def test_an_mx_that_is_an_alias_is_its_target_s() -> None:
    mx = dns("ville.example", "MX", "10 mx.ville.example.")
    alias = dns("mx.ville.example", "CNAME", "b.mail.soft.test.")
    assert claims(one(Role.MAILBOX, mx, alias)) == [("soft", "operates", "confirmed")]


def test_an_own_mx_is_self_and_its_network_hosts_it() -> None:
    mx = dns("ville.example", "MX", "10 mx.ville.example.")
    where = (dns("mx.ville.example", "A", "203.0.113.9"), network("203.0.113.9", 64512))
    finding = one(Role.MAILBOX, mx, *where)
    assert said(finding) == ("self", "mail.own-mx")
    assert claims(finding) == [("host", "hosts", "indicated")]


def test_an_access_network_claims_nothing() -> None:
    mx = dns("ville.example", "MX", "10 mx.ville.example.")
    where = (dns("mx.ville.example", "A", "203.0.113.9"), network("203.0.113.9", 64513))
    assert not one(Role.MAILBOX, mx, *where).claims


def test_a_customer_s_machine_is_self_hosted_by_its_owner() -> None:
    mx = dns("ville.example", "MX", "10 vps123.host.test.")
    where = (dns("vps123.host.test", "A", "203.0.113.9"), network("203.0.113.9", 64512))
    finding = one(Role.MAILBOX, mx, *where)
    assert said(finding) == ("self", "mail.customer-machine")
    assert claims(finding) == [("host", "hosts", "confirmed")]
    assert claims(one(Role.MAILBOX, mx)) == [("host", "hosts", "probable")]


def test_a_machine_s_name_is_not_the_mail_service_under_which_it_stands() -> None:
    finding = one(Role.MAILBOX, dns("ville.example", "MX", "10 static.192.0.2.9.mx1.host.test."))
    assert finding.verdict == "self"
    assert claims(finding) == [("host", "hosts", "probable")]


def test_a_machine_of_nobody_known_is_unattributed() -> None:
    assert one(Role.MAILBOX, dns("ville.example", "MX", "10 vps123.unlisted.test.")).verdict == "unattributed"


def test_a_state_s_rule_does_not_name_a_body_under_its_own_name() -> None:
    body = Target("x.gouv.fr", "x.gouv.fr")
    own = dns("x.gouv.fr", "MX", "10 mx.x.gouv.fr.")
    beside = (
        txt("x.gouv.fr", "v=spf1 include:spf.x.gouv.fr -all"),
        dns("autodiscover.x.gouv.fr", "CNAME", "m.x.gouv.fr."),
    )
    finding = one(Role.MAILBOX, own, *beside, target=body)
    assert said(finding) == ("self", "mail.own-mx")
    assert not finding.claims
    sister = one(Role.MAILBOX, dns("x.gouv.fr", "MX", "10 mx.y.gouv.fr."), target=body)
    assert claims(sister) == [("state", "operates", "confirmed")]
    assert sister.claims[0].type == "public"


def test_null_mx_and_no_mx_are_absent() -> None:
    for role in (Role.MAILBOX, Role.MAIL_GATEWAY):
        assert said(one(role, dns("ville.example", "MX", "0 ."))) == ("absent", "mail.null-mx")
        assert said(one(role, dns("ville.example", "MX"))) == ("absent", "mail.no-mx")


def test_an_mx_that_could_not_be_read_is_unknown() -> None:
    finding = one(Role.MAILBOX, failed(ask.dns("ville.example", "MX"), "servfail"))
    assert said(finding) == ("unknown", "mail.failed")
    assert finding.reason.args["why"] == "servfail"
    assert not finding.complete


def test_no_mx_at_the_name_and_the_registrable_domain_unasked_is_unknown() -> None:
    body = Target("site.ville.example", "site.ville.example")
    finding = one(Role.MAILBOX, dns("site.ville.example", "MX"), target=body)
    assert said(finding) == ("unknown", "mail.failed")
    assert not finding.complete


def test_mail_lives_at_the_registrable_domain_where_the_name_has_none() -> None:
    body = Target("site.ville.example", "site.ville.example")
    answers = (dns("site.ville.example", "MX"), dns("ville.example", "MX", "10 a.mail.soft.test."))
    assert one(Role.MAILBOX, *answers, target=body).subject == "ville.example"


def test_the_mail_of_a_platform_is_not_that_of_the_site_it_hosts() -> None:
    body = Target("ville.github.io", "ville.github.io")
    answers = (dns("ville.github.io", "MX"), dns("github.io", "MX", "10 a.mail.soft.test."))
    assert one(Role.MAILBOX, *answers, target=body).verdict == "absent"


def test_a_listed_mail_domain_of_a_provider_is_a_provider_s_mailbox() -> None:
    body = Target("ville.example", "ville.example", mail_domain="isp.test")
    finding = one(Role.MAILBOX, dns("isp.test", "MX", "10 smtp.isp.test."), target=body)
    assert said(finding) == ("provider", "mail.isp-mailbox")
    assert finding.subject == "isp.test"


def test_a_role_none_of_whose_questions_was_asked_has_no_finding() -> None:
    assert not of(Role.MAILBOX, dns("ville.example", "NS", "ns1.host.test."))
    assert not of(Role.MAIL_SENDER, GATEWAY)


def test_a_malformed_mx_is_no_null_mx() -> None:
    assert one(Role.MAILBOX, dns("ville.example", "MX", "mx.unlisted.test.")).verdict == "unattributed"


def test_a_thousand_mx_are_bounded() -> None:
    mx = dns("ville.example", "MX", *(f"10 mx{n}.mx.filter.test." for n in range(1000)))
    assert len(of(Role.MAIL_GATEWAY, mx)) == 16


def test_an_inbound_mail_api_in_front_is_a_gateway(database) -> None:  # type: ignore[no-untyped-def]
    from scanner.run.target import conclude

    mx = dns("ville.example", "MX", "10 inbound-smtp.eu-west-1.amazonaws.com.")
    found = {f.role: f for f in conclude(BODY, {mx.question: mx}, database).findings}
    assert claims(found[Role.MAIL_GATEWAY]) == [("amazon", "operates", "confirmed")]
    assert said(found[Role.MAILBOX]) == ("unknown", "mail.hidden-by-gateway")


@pytest.mark.parametrize(
    ("host", "others", "sure"),
    [
        ("antispam1.mail.soft.test", (), "probable"),
        ("antispam1.mail.soft.test", (SPF,), "confirmed"),
        ("in1.mail.soft.test", (), "confirmed"),
    ],
)
def test_a_mailbox_s_mx_that_is_called_a_filter_is_sure_only_where_another_sign_agrees(
    host: str, others: tuple[Answer, ...], sure: str
) -> None:
    assert claims(one(Role.MAILBOX, dns("ville.example", "MX", f"10 {host}."), *others)) == [("soft", "operates", sure)]
