import pytest

from checks.core.base import Check, Result, Tools


def test_a_check_without_label_and_run_cannot_be_defined() -> None:
    with pytest.raises(TypeError, match="the check Empty does not define label and run"):

        class Empty(Check, frozen=True, tag="empty"):
            pass


def test_a_check_without_a_label_cannot_be_defined() -> None:
    with pytest.raises(TypeError, match="the check Nameless does not define label"):

        class Nameless(Check, frozen=True, tag="nameless"):
            async def run(self, tools: Tools) -> Result:
                raise NotImplementedError
