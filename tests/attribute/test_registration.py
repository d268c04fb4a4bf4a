"""Registry and registrar."""

from __future__ import annotations

import pytest

from scanner import ask
from scanner.model import Role, Target
from tests.attribute.world import absent, claims, failed, of, ok, one, said

QUESTION = ask.rdap("ville.example")


def test_the_suffix_names_the_registry() -> None:
    assert claims(one(Role.REGISTRY)) == [("reg", "operates", "confirmed")]
    assert one(Role.REGISTRY, target=Target("a.zz", "a.zz")).verdict == "unattributed"


@pytest.mark.parametrize(
    "value", [{"registrar_id": "433", "registrar": "?"}, {"registrar": "host  sas"}, {"registrar": "www.host.test"}]
)
def test_a_registrar_is_named_by_number_exact_name_or_site(value: dict[str, str]) -> None:
    assert claims(one(Role.REGISTRAR, ok(QUESTION, value))) == [("host", "operates", "confirmed")]


@pytest.mark.parametrize("name", ["Host SAS Reseller", "Not Host SAS", "reseller of www.host.test", "nothost.test"])
def test_a_registrar_s_name_is_never_matched_in_part(name: str) -> None:
    assert said(one(Role.REGISTRAR, ok(QUESTION, {"registrar": name}))) == ("unattributed", "registrar.no-rule")


def test_a_registry_that_says_nothing_or_fails_leaves_the_registrar_unknown() -> None:
    for answer in (absent(QUESTION), ok(QUESTION, {}), ok(QUESTION)):
        assert said(one(Role.REGISTRAR, answer)) == ("unknown", "registrar.not-published")
    finding = one(Role.REGISTRAR, failed(QUESTION, "no-rdap"))
    assert said(finding) == ("unknown", "registrar.failed")
    assert not finding.complete
    assert not of(Role.REGISTRAR)
