"""Senders by SPF, receivers of DMARC reports, accounts by token."""

from __future__ import annotations

from scanner import ask
from scanner.model import Question, Role, Target
from tests.attribute.world import absent, claims, dns, failed, network, of, ok, one, said, txt


def test_an_include_proves_a_sender() -> None:
    finding = one(Role.MAIL_SENDER, txt("ville.example", "v=spf1 include:spf.sender.test -all"))
    assert said(finding) == ("provider", "sender.by-spf")
    assert claims(finding) == [("sender", "operates", "confirmed")]
    assert finding.subject == "include:spf.sender.test"


def test_a_host_that_may_not_send_is_no_sender() -> None:
    finding = one(Role.MAIL_SENDER, txt("ville.example", "v=spf1 -include:spf.sender.test ~include:spf.soft.test -all"))
    assert said(finding) == ("absent", "sender.nobody-may")


def test_what_stands_after_all_counts_for_nothing() -> None:
    record = txt("ville.example", "v=spf1 redirect=spf.soft.test include:spf.sender.test -all include:spf.filter.test")
    assert [finding.subject for finding in of(Role.MAIL_SENDER, record)] == ["include:spf.sender.test"]


def test_an_include_of_the_body_s_own_name_is_followed() -> None:
    own = txt("ville.example", "v=spf1 include:spf.ville.example -all")
    found = of(Role.MAIL_SENDER, own, txt("spf.ville.example", "v=spf1 include:spf.sender.test -all"))
    assert [(f.subject, f.verdict.value) for f in found] == [
        ("include:spf.sender.test", "provider"),
        ("include:spf.ville.example", "self"),
    ]


def test_what_a_provider_includes_is_its_own_affair() -> None:
    own = txt("ville.example", "v=spf1 include:spf.sender.test -all")
    assert len(of(Role.MAIL_SENDER, own, txt("spf.sender.test", "v=spf1 include:spf.soft.test -all"))) == 1


def test_a_record_that_contains_itself_is_a_loop() -> None:
    assert said(one(Role.MAIL_SENDER, txt("ville.example", "v=spf1 include:ville.example -all"))) == (
        "self",
        "sender.loop",
    )


def test_an_include_reached_twice_is_no_loop() -> None:
    own = txt("ville.example", "v=spf1 include:a.ville.example include:b.ville.example -all")
    both = [txt(f"{x}.ville.example", "v=spf1 include:c.ville.example -all") for x in "ab"]
    found = of(Role.MAIL_SENDER, own, *both, txt("c.ville.example", "v=spf1 -all"))
    assert {f.reason.code for f in found} == {"sender.own"}


def test_more_than_ten_look_ups_hide_none_of_the_body_s_own_terms() -> None:
    terms = " ".join(f"include:i{n}.ville.example" for n in range(12))
    found = of(Role.MAIL_SENDER, txt("ville.example", f"v=spf1 {terms} include:spf.sender.test -all"))
    assert {f.reason.code for f in found} == {"sender.too-many-lookups", "sender.by-spf"}
    assert len(found) == 13


def test_two_records_are_read_the_same_in_any_order() -> None:
    one_way = of(
        Role.MAIL_SENDER, txt("ville.example", "v=spf1 include:spf.sender.test", "v=spf1 include:spf.soft.test")
    )
    other = of(Role.MAIL_SENDER, txt("ville.example", "v=spf1 include:spf.soft.test", "v=spf1 include:spf.sender.test"))
    assert (
        [f.subject for f in one_way]
        == [f.subject for f in other]
        == ["include:spf.sender.test", "include:spf.soft.test"]
    )


def test_a_macro_hides_no_provider() -> None:
    finding = one(Role.MAIL_SENDER, txt("ville.example", "v=spf1 include:%{ir}.%{d}.spf.sender.test -all"))
    assert claims(finding) == [("sender", "operates", "confirmed")]


def test_no_spf_is_absent_and_an_unread_one_unknown() -> None:
    assert said(one(Role.MAIL_SENDER, txt("ville.example", "hello"))) == ("absent", "sender.no-spf")
    assert said(one(Role.MAIL_SENDER, absent(ask.dns("ville.example", "TXT")))) == ("absent", "sender.no-spf")
    unread = failed(ask.dns("ville.example", "TXT"))
    assert said(one(Role.MAIL_SENDER, unread)) == ("unknown", "sender.failed")
    assert said(one(Role.ACCOUNT, unread)) == ("unknown", "account.failed")
    assert said(one(Role.ACCOUNT, txt("ville.example", "hello"))) == ("absent", "account.none")


def test_a_state_s_rule_leaves_the_body_s_own_senders_to_the_body() -> None:
    body = Target("x.gouv.fr", "x.gouv.fr")
    record = txt("x.gouv.fr", "v=spf1 include:spf.x.gouv.fr include:spf.y.gouv.fr")
    found = {f.subject: f.verdict.value for f in of(Role.MAIL_SENDER, record, target=body)}
    assert found == {"include:spf.x.gouv.fr": "self", "include:spf.y.gouv.fr": "provider"}


def test_dmarc_reports_go_to_a_provider_to_the_body_or_to_an_unknown() -> None:
    policy = txt(
        "_dmarc.ville.example", "v=DMARC1; rua=mailto:a@reports.reg.test,mailto:b@ville.example!10m,mailto:c@x.test"
    )
    assert [(f.subject, f.verdict.value) for f in of(Role.MAIL_REPORTS, policy)] == [
        ("reports.reg.test", "provider"),
        ("ville.example", "self"),
        ("x.test", "unattributed"),
    ]


def test_dmarc_without_reports_without_policy_and_unread() -> None:
    assert said(one(Role.MAIL_REPORTS, txt("_dmarc.ville.example", "v=DMARC1; p=none"))) == ("absent", "reports.none")
    assert said(one(Role.MAIL_REPORTS, dns("_dmarc.ville.example", "TXT"))) == ("absent", "reports.no-dmarc")
    assert said(one(Role.MAIL_REPORTS, failed(ask.dns("_dmarc.ville.example", "TXT")))) == ("unknown", "reports.failed")


def test_the_organisational_domain_s_policy_holds_for_a_name_below() -> None:
    body = Target("site.ville.example", "site.ville.example", mail_domain="site.ville.example")
    below = dns("_dmarc.site.ville.example", "TXT")
    finding = one(Role.MAIL_REPORTS, below, target=body)
    assert said(finding) == ("unknown", "reports.failed")
    above = txt("_dmarc.ville.example", "v=DMARC1; p=none; rua=mailto:a@reports.reg.test")
    assert one(Role.MAIL_REPORTS, below, above, target=body).verdict == "provider"


def test_a_tenant_that_does_not_exist_is_no_account(database) -> None:  # type: ignore[no-untyped-def]
    from scanner.run.target import conclude
    from tests.attribute.world import BODY

    for said_, count in (("Managed", 1), ("Federated", 1), ("Unknown", 0)):
        tenant = ok(Question("tenant", "ville.example", "microsoft365"), said_)
        found = conclude(BODY, {tenant.question: tenant}, database).findings
        assert sum(finding.role is Role.ACCOUNT for finding in found) == count


def test_a_record_of_the_body_s_own_mechanisms_is_its_own_and_their_networks_host_it() -> None:
    record = txt("ville.example", "v=spf1 ip4:203.0.113.0/24 a -all")
    finding = one(Role.MAIL_SENDER, record, network("203.0.113.0", 64512))
    assert said(finding) == ("self", "sender.own-mechanisms")
    assert finding.reason.args["terms"] == ["ip4:203.0.113.0/24", "a"]
    assert claims(finding) == [("host", "hosts", "indicated")]


def test_a_record_of_mx_alone_lets_the_receiving_provider_send() -> None:
    answers = (dns("ville.example", "MX", "10 a.mail.soft.test."), txt("ville.example", "v=spf1 mx -all"))
    finding = one(Role.MAIL_SENDER, *answers)
    assert said(finding) == ("provider", "sender.by-mx")
    assert claims(finding) == [("soft", "operates", "confirmed")]


def test_a_network_beside_named_senders_is_hosted_by_its_provider_and_an_access_line_by_nobody() -> None:
    record = txt("ville.example", "v=spf1 include:spf.sender.test ip4:203.0.113.9 ip4:203.0.113.200 -all")
    found = of(Role.MAIL_SENDER, record, network("203.0.113.9", 64512), network("203.0.113.200", 64513))
    assert [(f.subject, f.reason.code) for f in found] == [
        ("include:spf.sender.test", "sender.by-spf"),
        ("ip4:203.0.113.9", "sender.own-network"),
    ]


def test_open_and_closed_records_that_name_nobody() -> None:
    assert said(one(Role.MAIL_SENDER, txt("ville.example", "v=spf1 -all"))) == ("absent", "sender.nobody-may")
    assert said(one(Role.MAIL_SENDER, txt("ville.example", "v=spf1 ~all"))) == ("absent", "sender.names-nobody")


def test_a_receiver_of_reports_that_has_not_agreed_gets_none() -> None:
    policy = txt("_dmarc.ville.example", "v=DMARC1; p=none; rua=mailto:a@reports.reg.test")
    agreement = "ville.example._report._dmarc.reports.reg.test"
    for answer, reason in (
        (absent(ask.dns(agreement, "TXT"), "nxdomain"), "reports.not-agreed"),
        (txt(agreement, "v=DMARC1"), "reports.by-domain"),
        (failed(ask.dns(agreement, "TXT")), "reports.by-domain"),
    ):
        assert said(one(Role.MAIL_REPORTS, policy, answer)) == ("provider", reason)


def test_reports_on_encrypted_delivery_have_their_receivers() -> None:
    answers = (
        txt("_dmarc.ville.example", "v=DMARC1; p=none"),
        txt("_smtp._tls.ville.example", "v=TLSRPTv1; rua=mailto:t@x.test,https://reports.reg.test/in"),
    )
    found = [f for f in of(Role.MAIL_REPORTS, *answers) if f.reason.code == "reports.tls"]
    assert [(f.subject, f.verdict.value) for f in found] == [
        ("reports.reg.test", "provider"),
        ("x.test", "unattributed"),
    ]
