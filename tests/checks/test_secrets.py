import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.core.base import Outcome
from checks.secrets import Secrets, fault
from tests.checks.kit import tools

NAMES = ("JWT_SECRET", "DATABASE_URL", "POSTGRES_PASSWORD")
GOOD = {
    "JWT_SECRET": "6f1c0b7e",
    "DATABASE_URL": "postgres://app:s3cr3t@db/app",
    "POSTGRES_PASSWORD": "hunter22",
}


def secrets(*names: str) -> Secrets:
    return Secrets(names=names)


@pytest.mark.outcome("secrets", "passed")
async def test_all_set_pass() -> None:
    result = await secrets(*NAMES).run(tools(env=GOOD))
    assert (result.outcome, result.evidence) == (Outcome.PASSED, "3 of 3 set")


@pytest.mark.outcome("secrets", "failed")
async def test_each_offender_is_named_with_what_is_wrong() -> None:
    env = {"DATABASE_URL": "", "POSTGRES_PASSWORD": "  \n"}
    result = await secrets(*NAMES).run(tools(env=env))
    assert result.outcome is Outcome.FAILED
    assert result.details == (
        "JWT_SECRET is not set",
        "DATABASE_URL is empty",
        "POSTGRES_PASSWORD is only white space",
    )
    assert result.evidence == "; ".join(result.details)


@pytest.mark.outcome("secrets", "unknown")
@pytest.mark.law(1)
async def test_no_names_law_1_no_data_is_never_green() -> None:
    assert (await secrets().run(tools(env=GOOD))).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "value",
    [
        *("changeme", "CHANGE-ME", "change_me", "placeholder", "TODO", "xxx", "XXXXXX", "<secret>"),
        *("your-key-here", "YOUR_KEY", "replace_me", "Example", "dummy", "${JWT_SECRET}"),
        *(" changeme\n", '"changeme"', "{{ secret }}", "tbd", "undefined", "null"),
    ],
)
def test_placeholders(value: str) -> None:
    assert fault("JWT_SECRET", {"JWT_SECRET": value}) == "JWT_SECRET is a placeholder"


@pytest.mark.parametrize(
    "value", ["example-of-8731", "todos", "x-ray", "xx", "yours", "mychangeme1"]
)
def test_not_placeholders(value: str) -> None:
    assert fault("JWT_SECRET", {"JWT_SECRET": value}) is None


def test_a_placeholder_for_the_password_inside_a_url() -> None:
    env = {"DATABASE_URL": "postgres://app:changeme@db/app"}
    assert fault("DATABASE_URL", env) == "DATABASE_URL has a placeholder for its password"


@pytest.mark.law(8)
@given(st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x4FFF), min_size=1))
async def test_law_8_no_value_reaches_a_result(value: str) -> None:
    result = await secrets("JWT_SECRET", "OTHER").run(tools(env={"JWT_SECRET": value}))
    assert result.outcome is Outcome.FAILED
    assert value not in result.evidence + "".join(result.details)
    assert str(len(value)) not in result.evidence
