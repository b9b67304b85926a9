import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from checks.core.base import Outcome, Result
from checks.core.run_check import run_check as look_within
from checks.surface import Surface
from tests.checks.kit import WrongError, read, tools

NINE = {f"/p/{number}": {"get": {"x-visibility": "public"}} for number in range(9)}
INTERNAL = {"/internal": {"get": {"schema": {"$ref": "#/components/schemas/GenericObject"}}}}
SCHEMAS = {"GenericObject": {"type": "object"}, "A": {"$ref": "#/components/schemas/GenericObject"}}


async def look(folder: Path, paths: dict[str, Any], public: int = 9) -> Result:
    root = {"paths": paths, "components": {"schemas": SCHEMAS}}
    (folder / "api.json").write_text(json.dumps(root))
    return await Surface(public=public).run(tools(folder, openapi="api.json"))


@pytest.mark.outcome("surface", "passed")
async def test_nine_of_nine_and_internal_ones_may_be_generic(tmp_path: Path) -> None:
    seen = await look(tmp_path, NINE | INTERNAL)
    assert (seen.outcome, seen.evidence) == (Outcome.PASSED, "9 of 9 public")
    assert len(seen.details) == 9


async def test_another_number_fails_either_way(tmp_path: Path) -> None:
    extra = {"/p/9": {"post": {"x-visibility": "public"}}}
    more = await look(tmp_path, NINE | extra)
    assert (more.outcome, more.evidence) == (Outcome.FAILED, "10 public, 9 expected")
    assert "POST /p/9" in more.details
    fewer = await look(tmp_path, INTERNAL)
    assert (fewer.outcome, fewer.evidence) == (Outcome.FAILED, "0 public, 9 expected")


@pytest.mark.outcome("surface", "failed")
async def test_a_generic_object_is_named(tmp_path: Path) -> None:
    generic = {"x-visibility": "public", "schema": {"$ref": "#/components/schemas/A"}}
    seen = await look(tmp_path, NINE | {"/p/8": {"get": generic}})
    assert (seen.outcome, seen.evidence) == (Outcome.FAILED, "GET /p/8 uses GenericObject")
    both = await look(tmp_path, {"/p/7": {"get": generic, "put": generic}})
    assert both.evidence == "2 public, 9 expected; GET /p/7, PUT /p/7 use GenericObject"


async def test_none_public_is_an_answer_when_there_are_operations(tmp_path: Path) -> None:
    assert (await look(tmp_path, INTERNAL, public=0)).evidence == "0 of 0 public"


@pytest.mark.outcome("surface", "unknown")
@pytest.mark.law(1)
async def test_law_1_what_was_not_seen_is_unknown(tmp_path: Path) -> None:
    assert (await look(tmp_path, {}, public=0)).outcome is Outcome.UNKNOWN
    broken = {"x-visibility": "public", "schema": {"$ref": "#/components/schemas/Gone"}}
    assert (await look(tmp_path, {"/x": {"get": broken}}, public=1)).outcome is Outcome.UNKNOWN
    missing = await Surface(public=9, openapi="gone.json").run(tools(tmp_path))
    assert missing == Result(Outcome.UNKNOWN, "gone.json cannot be read: No such file or directory")
    nowhere = await Surface(public=9).run(tools(tmp_path))
    assert nowhere.outcome is Outcome.UNKNOWN


@pytest.mark.law(12)
async def test_law_12_a_large_document_does_not_hold_up_the_program(tmp_path: Path) -> None:
    chain = {f"S{n}": {"p": {"$ref": f"#/components/schemas/S{n + 1}"}} for n in range(3000)}
    node = {"x-visibility": "public", "schema": {"$ref": "#/components/schemas/S0"}}
    root = {
        "paths": {f"/{n}": {"get": node} for n in range(400)},
        "components": {"schemas": {**chain, "S3000": {}}},
    }
    (tmp_path / "api.json").write_text(json.dumps(root))
    check = read(Surface, check="surface", public=9, timeout="100ms")
    seen = await look_within(check, tools(tmp_path, openapi="api.json"))
    assert seen == Result(Outcome.UNKNOWN, "no answer within 100 ms")
    # It ends with its time: joining the pool would take as long as all of it.
    await asyncio.wait_for(asyncio.get_running_loop().shutdown_default_executor(), 3)


def test_a_number_is_needed() -> None:
    with pytest.raises(WrongError, match="write at least 0"):
        read(Surface, check="surface", public=-1)
