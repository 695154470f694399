"""`newsflow doctor` on a broker with ACLs: all is well for who may, a line for each right that is lacking."""

import pytest

from tests.cli.conftest import Newsflow
from tests.security.secured import Secured


@pytest.mark.usefixtures("topics")
@pytest.mark.parametrize("role", ["worker", "crawler", "consumer", "operator"])
def test_each_role_is_well_in_its_place(broker: Secured, newsflow: Newsflow, role: str) -> None:
    answer = newsflow("doctor", "--role", role, **broker.environment(role))
    assert answer.code == 0, answer.err
    assert broker.passwords[role] not in answer.out + answer.err


@pytest.mark.usefixtures("topics")
def test_each_right_that_a_worker_lacks_is_a_line(broker: Secured, newsflow: Newsflow) -> None:
    answer = newsflow("doctor", **broker.environment("consumer"))
    assert answer.code == 1
    said = [line.partition(" may not ")[2].partition(",")[0] for line in answer.err.splitlines() if " may not " in line]
    assert "read news.article.raw.v1" in said
    assert "write news.article.clean.v1" in said
    assert "write newsflow.dedupe.state.v1" in said
    assert "use group newsflow.tag" in said
    assert "use transactional id newsflow.summarise-doctor" in said
    assert "read news.article.enriched.v1" not in said
    assert answer.err.count("deploy/acls.txt has what each role needs") == len(said) - 1  # and a note on settings
    assert "is missing" not in answer.err


@pytest.mark.usefixtures("topics")
def test_a_wrong_password_is_the_one_fault(broker: Secured, newsflow: Newsflow) -> None:
    answer = newsflow("doctor", **{**broker.environment("worker"), "KAFKA_SASL_PASSWORD": "wr0ng"})
    faults = [line for line in answer.err.splitlines() if line.startswith("fault: ")]
    assert len(faults) == 1
    assert "refuses the login: mend KAFKA_SASL_USERNAME" in faults[0]
