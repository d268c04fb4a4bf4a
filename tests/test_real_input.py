"""The recorded data of real public bodies, a slice of each list: nothing raises, nobody disappears, evidence holds."""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path

import pytest

from scanner import ask, targets
from scanner.collect._walk import url_host
from scanner.model import Answer, Question, Role, Status, Target
from scanner.names import same_party
from scanner.providers import Database
from scanner.run.target import conclude
from tests.attribute.test_every_finding import check

pytestmark = pytest.mark.shared_data

LISTS = {
    "fr-state-sites.txt": ("fr-state-sites", Role.RESOURCE),
    "certificates.txt": ("certificates", Role.CERTIFICATE),
    "gov-domains.txt": ("gov-name-servers", Role.DNS),
    "mail-domains.csv": ("mail", Role.MAILBOX),
}
SLICE = 60


@cache
def recorded(path: Path) -> dict[Question, Answer]:
    return ask.read_recordings([path])


def sliced(shared_data: Path, name: str) -> tuple[list[Target], dict[Question, Answer]]:
    listed = targets.read(shared_data / "lists" / name).targets
    step = max(1, len(listed) // SLICE)
    return list(listed[::step][:SLICE]), recorded(shared_data / "recordings" / f"{LISTS[name][0]}.jsonl.gz")


@pytest.mark.parametrize("name", LISTS)
def test_every_body_of_a_list_has_what_its_recording_is_about(shared_data: Path, database: Database, name: str) -> None:
    bodies, answers = sliced(shared_data, name)
    assert len(bodies) == SLICE
    missing = 0
    for target in bodies:
        found = conclude(target, answers, database).findings
        assert found, target.domain
        missing += all(finding.role is not LISTS[name][1] for finding in found)
        assert {finding.domain for finding in found} == {target.domain}
        check(found, answers)
    assert missing <= 2  # 9 of the 512 State sites were listed and never crawled


def test_the_resources_of_a_state_site_are_its_third_party_hosts(shared_data: Path, database: Database) -> None:
    bodies, answers = sliced(shared_data, "fr-state-sites.txt")
    compared = 0
    for target in bodies:
        page = answers.get(ask.page(f"https://{target.host}/", "lighthouse"))
        found = [f for f in conclude(target, answers, database).findings if f.role is Role.RESOURCE]
        if page is None or any(f.verdict == "unknown" for f in found):
            continue
        value = page.values[0]
        own = (target.host, url_host(value["url"]))
        front = answers.get(ask.http(f"https://{target.host}/"))
        if front is not None and front.status is Status.OK:
            own = (*own, url_host(front.values[0]["url"]))
        hosts = {url_host(request["url"]) for request in value["requests"] if request["url"].startswith(("http", "ws"))}
        third = {host for host in hosts if host and not any(same_party(host, name) for name in own)}
        assert {f.subject for f in found if f.verdict != "absent"} == third, target.domain
        compared += 1
    assert compared > SLICE // 2


def test_mail_concludes_fast_enough_for_eighteen_thousand_bodies_in_a_minute(
    shared_data: Path, database: Database
) -> None:
    bodies, answers = sliced(shared_data, "mail-domains.csv")
    assert database.rules.match("mx", "x.mail.protection.outlook.com")  # the index is built once, not timed
    start = time.process_time()
    for target in bodies:
        conclude(target, answers, database)
    assert (time.process_time() - start) / len(bodies) < 60 / 18_197
