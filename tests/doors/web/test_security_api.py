"""The API under requests made from its own description, right ones and wrong ones: no fault, nothing undescribed."""

import json
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.specs.openapi.checks import positive_data_acceptance
from tests.doors.api.front import Front
from tests.doors.web.served import served
from tests.wings.governance.town import AUDITOR

from shancheng.doors.api.openapi import description
from shancheng.loop.rules import Rules

pytestmark = pytest.mark.slow
schema = schemathesis.openapi.from_dict(json.loads(description()))


@pytest.fixture(scope="module")
def running(rules: Rules, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Front, str]]:
    """An address, the front behind it, and a token that opens every route."""
    with served(rules, tmp_path_factory.mktemp("front")) as (url, front):
        yield url, front, front.token(AUDITOR)


@schema.parametrize()
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_nothing_that_is_sent_makes_a_fault(case: Case, running: tuple[str, Front, str]) -> None:
    url, front, token = running
    answer = case.call(base_url=url, headers={"Authorization": f"Bearer {token}"})

    case.validate_response(answer, excluded_checks=[positive_data_acceptance])
    assert front.faults == {}
