import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.core.base import Outcome, Result
from checks.core.errors import UnsetVariableError
from checks.routes import Routes
from tests.checks.kit import tools

TEXTS = Routes(code="code.txt", spec="spec.txt")
DOCUMENT = Routes(code="code.txt", openapi="api.json")


async def compare(folder: Path, code: str, spec: str) -> Result:
    (folder / "code.txt").write_bytes(code.encode())
    (folder / "spec.txt").write_bytes(spec.encode())
    return await TEXTS.run(tools(folder))


@pytest.mark.outcome("routes", "passed")
async def test_order_repetition_and_white_space_do_not_matter(tmp_path: Path) -> None:
    code = "GET /a\r\n\r\nPOST /b  \r\nGET /a\r\n"
    seen = await compare(tmp_path, code, "\ufeffpost   /b\n\n  GET /a")
    assert seen == Result(Outcome.PASSED, "2 of 2 in both")


@pytest.mark.outcome("routes", "failed")
async def test_both_directions_are_named(tmp_path: Path) -> None:
    seen = await compare(tmp_path, "GET /x\nGET /a\n", "GET /a\nPOST /y\n")
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence == "in code, not in spec: GET /x; in spec, not in code: POST /y"
    assert seen.details == ("in code, not in spec: GET /x", "in spec, not in code: POST /y")


async def test_three_are_named_and_all_are_in_the_details(tmp_path: Path) -> None:
    ghosts = "".join(f"GET /ghost/{number}\n" for number in range(5))
    seen = await compare(tmp_path, "GET /a\n" + ghosts, "GET /a\n")
    assert seen.evidence == (
        "in code, not in spec: GET /ghost/0, GET /ghost/1, GET /ghost/2 and 2 more"
    )
    assert len(seen.details) == 5


async def test_a_line_that_is_no_route_counts_as_it_stands(tmp_path: Path) -> None:
    assert (await compare(tmp_path, "users.list\n", "users.list\n")).outcome is Outcome.PASSED
    assert (await compare(tmp_path, "users:list\n", "users:show\n")).outcome is Outcome.FAILED


@pytest.mark.law(1)
@pytest.mark.parametrize("side", ["code.txt", "spec.txt"])
@pytest.mark.parametrize("content", [None, "", "\n \r\n", "\0\0"])
async def test_law_1_a_missing_or_empty_file_is_unknown(
    tmp_path: Path, side: str, content: str | None
) -> None:
    for name in {"code.txt", "spec.txt"} - {side}:
        (tmp_path / name).write_text("GET /a\n")
    if content is not None:
        (tmp_path / side).write_text(content)
    seen = await TEXTS.run(tools(tmp_path))
    assert seen.outcome is Outcome.UNKNOWN
    assert side in seen.evidence


async def test_a_pipe_a_folder_and_a_huge_file_are_unknown(tmp_path: Path) -> None:
    (tmp_path / "spec.txt").write_text("GET /a\n")
    os.mkfifo(tmp_path / "code.txt")
    assert "not a plain file" in (await TEXTS.run(tools(tmp_path))).evidence
    (tmp_path / "code.txt").unlink()
    (tmp_path / "code.txt").mkdir()
    assert "not a plain file" in (await TEXTS.run(tools(tmp_path))).evidence
    (tmp_path / "code.txt").rmdir()
    with (tmp_path / "code.txt").open("wb") as file:
        file.truncate(10**12)
    assert "larger than 16 MiB" in (await TEXTS.run(tools(tmp_path))).evidence


async def test_an_openapi_document_as_the_specification(tmp_path: Path) -> None:
    (tmp_path / "code.txt").write_text("GET /users/:id\nPOST /users\n")
    paths = {"/users/{id}": {"get": {}, "summary": "x"}, "/users": {"post": {}, "delete": {}}}
    (tmp_path / "api.json").write_text(json.dumps({"paths": paths}))
    seen = await DOCUMENT.run(tools(tmp_path))
    assert seen.evidence == "in spec, not in code: DELETE /users"
    own = Routes(code="code.txt")
    assert await own.run(tools(tmp_path, openapi="api.json")) == seen


@pytest.mark.outcome("routes", "unknown")
async def test_without_anything_to_compare_with(tmp_path: Path) -> None:
    (tmp_path / "code.txt").write_text("GET /a\n")
    seen = await Routes(code="code.txt").run(tools(tmp_path))
    assert seen.outcome is Outcome.UNKNOWN
    with pytest.raises(ValueError, match="exclude each other"):
        Routes(code="code.txt", spec="spec.txt", openapi="api.json")


async def test_an_unset_variable_is_the_callers(tmp_path: Path) -> None:
    with pytest.raises(UnsetVariableError):
        await Routes(code="${DIR}/code.txt").run(tools(tmp_path))


ROUTES = st.lists(
    st.builds("{} /{}".format, st.sampled_from(["GET", "post"]), st.text("abc", max_size=2)),
    min_size=1,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROUTES, ROUTES)
async def test_passes_exactly_when_the_sets_are_equal(
    tmp_path: Path, code: list[str], spec: list[str]
) -> None:
    seen = await compare(tmp_path, "\n".join(code), "\r\n".join(spec))
    same = set(map(str.upper, code)) == set(map(str.upper, spec))
    assert (seen.outcome is Outcome.PASSED) == same
