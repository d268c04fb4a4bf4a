"""The published mistakes of mail classifiers, each by name, and that we do not make it."""

from __future__ import annotations

from scanner import ask
from scanner.model import Role
from scanner.providers import Database
from scanner.run.target import conclude
from tests.attribute.world import BODY, claims, dns, network, of, ok, one, said, txt

GATEWAY = dns("ville.example", "MX", "10 mx1.mx.filter.test.")
OWN = dns("ville.example", "MX", "10 mail.ville.example.")
TENANT = ok(ask.tenant("ville.example"), "Managed")
DKIM = dns("s1._domainkey.ville.example", "CNAME", "s1._domainkey.onsoft.test.")
AUTO = dns("autodiscover.ville.example", "CNAME", "autodiscover.soft.test.")
SPF = txt("ville.example", "v=spf1 include:spf.soft.test -all")


def test_a_tenant_is_no_mailbox_the_127_carinthian_municipalities(database: Database) -> None:
    answers = [
        dns("ville.example", "MX", "10 mail.ktn.gv.at."),
        ok(ask.tenant("ville.example"), "Federated"),
        txt("ville.example", "MS=ms12345678"),
    ]
    found = conclude(BODY, {answer.question: answer for answer in answers}, database).findings
    mailbox = next(finding for finding in found if finding.role is Role.MAILBOX)
    assert all(claim.provider != "microsoft" for claim in mailbox.claims)
    accounts = {finding.subject for finding in found if finding.role is Role.ACCOUNT}
    assert accounts == {"MS", "microsoft365-tenant"}


def test_a_tenant_and_a_token_behind_a_filter_are_no_mailbox() -> None:
    finding = one(Role.MAILBOX, GATEWAY, TENANT, txt("ville.example", "soft-verify=1"))
    assert said(finding) == ("unknown", "mail.hidden-by-gateway")
    assert not finding.claims


def test_amazon_ses_inbound_is_a_gateway_not_a_mailbox(database: Database) -> None:
    mx = dns("ville.example", "MX", "10 inbound-smtp.eu-west-1.amazonaws.com.")
    found = {f.role: f for f in conclude(BODY, {mx.question: mx}, database).findings}
    assert claims(found[Role.MAIL_GATEWAY]) == [("amazon", "operates", "confirmed")]
    assert said(found[Role.MAILBOX]) == ("unknown", "mail.hidden-by-gateway")


def test_a_newsletter_tool_s_spf_include_is_no_mailbox(database: Database) -> None:
    mx = dns("ville.example", "MX", "10 mail.ville.example.")
    record = txt("ville.example", "v=spf1 include:servers.mcsv.net include:spf.sendinblue.com ~all")
    found = conclude(BODY, {a.question: a for a in (mx, record)}, database).findings
    mailbox = next(finding for finding in found if finding.role is Role.MAILBOX)
    assert said(mailbox) == ("self", "mail.own-mx")
    assert not mailbox.claims
    senders = {claim.provider for finding in found if finding.role is Role.MAIL_SENDER for claim in finding.claims}
    assert senders == {"brevo", "mailchimp"}


def test_a_hoster_s_spf_include_alone_is_no_mailbox_behind_a_filter() -> None:
    finding = one(Role.MAILBOX, GATEWAY, SPF)
    assert said(finding) == ("unknown", "mail.hidden-spf-only")
    assert claims(finding) == [("soft", "operates", "indicated")]


def test_a_filter_does_not_hide_microsoft_365(database: Database) -> None:
    answers = [
        dns("ville.example", "MX", "10 mx1.mail.filter.unlisted.test."),
        dns(
            "selector1._domainkey.ville.example",
            "CNAME",
            "selector1-ville-example._domainkey.ville.onmicrosoft.com.",
        ),
        dns("autodiscover.ville.example", "CNAME", "autodiscover.outlook.com."),
    ]
    found = conclude(BODY, {answer.question: answer for answer in answers}, database).findings
    mailbox = next(finding for finding in found if finding.role is Role.MAILBOX)
    assert claims(mailbox) == [("microsoft", "operates", "confirmed")]


def test_a_regional_operator_s_mx_does_not_hide_the_mailbox_that_dkim_and_autodiscover_name() -> None:
    mx = dns("ville.example", "MX", "10 mx1.host.test.")
    finding = one(Role.MAILBOX, mx, DKIM, AUTO)
    assert said(finding) == ("provider", "mail.behind-relay")
    assert claims(finding) == [("soft", "operates", "probable"), ("host", "operates", "indicated")]
    gateway = one(Role.MAIL_GATEWAY, mx, DKIM, AUTO)
    assert (said(gateway), claims(gateway)) == (
        ("provider", "mail.gateway-relays"),
        [("host", "operates", "probable")],
    )


def test_a_stale_dkim_alias_does_not_move_the_mailbox_from_the_mx() -> None:
    finding = one(Role.MAILBOX, dns("ville.example", "MX", "10 mx1.host.test."), DKIM)
    assert claims(finding) == [("host", "operates", "confirmed"), ("soft", "operates", "indicated")]


def test_a_hoster_s_network_is_not_sovereignty_nor_the_mailbox_s_operator() -> None:
    where = (dns("mail.ville.example", "A", "203.0.113.9"), network("203.0.113.9", 64512))
    finding = one(Role.MAILBOX, OWN, *where)
    assert finding.verdict == "self"
    assert claims(finding) == [("host", "hosts", "indicated")]


def test_host_it_is_not_found_inside_interhost_it(database: Database) -> None:
    named = next(f for f in of(Role.MAILBOX, dns("ville.example", "MX", "10 mx.notmail.soft.test.")))
    assert named.verdict == "unattributed"
    for name in ("interhost.it", "mx.interhost.it"):
        rule = database.rules.match("mx", name)
        assert rule is None or name.endswith(f".{rule.pattern}") or name == rule.pattern


def test_software_is_not_its_operator() -> None:
    greeting = ok(
        ask.smtp("mail.ville.example"), {"greeting": "220 mail.ville.example Microsoft ESMTP MAIL Service", "name": "x"}
    )
    assert one(Role.MAILBOX, OWN, greeting).verdict == "self"


def test_another_administration_s_spf_include_is_a_sender_not_a_mailbox() -> None:
    finding = one(Role.MAILBOX, GATEWAY, txt("ville.example", "v=spf1 include:spf.y.gouv.fr -all"))
    assert said(finding) == ("unknown", "mail.hidden-by-gateway")
    sender = one(Role.MAIL_SENDER, GATEWAY, txt("ville.example", "v=spf1 include:spf.y.gouv.fr -all"))
    assert claims(sender) == [("state", "operates", "confirmed")]
