import json
from pathlib import Path
from typing import Any

import pytest

from checks.core.errors import UnreadableError
from checks.loadgen import locust_command
from checks.loadgen.operations import (
    LoadOperation,
    WeightedPath,
    operations_of_card,
    operations_of_document,
)
from tests.checks.kit import tools

INTEGER = {"type": "integer"}


def held(name: str, **given: Any) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": INTEGER, **given}


def write(folder: Path, paths: dict[str, Any], **more: Any) -> str:
    (folder / "api.json").write_text(json.dumps({"openapi": "3.1.0", "paths": paths, **more}))
    return "api.json"


async def asked(folder: Path, paths: dict[str, Any], **more: Any) -> list[LoadOperation]:
    return await operations_of_document(write(folder, paths, **more), tools(folder))


async def test_only_what_get_can_ask_as_it_stands(tmp_path: Path) -> None:
    query = {"name": "q", "in": "query", "required": True}
    paths = {
        "/plain": {"get": {"x-weight": 3}, "post": {}},
        "/odd weight": {"get": {"x-weight": "many"}},
        "/held/{id}": {"get": {"parameters": [held("id")]}},
        "/example/{id}": {"parameters": [held("id", example="a/b")], "get": {}},
        "/named/{id}": {"get": {"parameters": [held("id", examples={"x": {"value": 7}})]}},
        "/schema/{id}": {"get": {"parameters": [held("id", schema={"enum": [4, 5]})]}},
        "/reference/{id}": {"get": {"parameters": [{"$ref": "#/components/parameters/id"}]}},
        "/asking": {"get": {"parameters": [query]}},
        "/asked": {"get": {"parameters": [{**query, "example": "a b"}, {"name": "r"}, 3]}},
    }
    components = {"parameters": {"id": held("id", schema={"default": 9})}}
    assert await asked(tmp_path, paths, components=components) == [
        LoadOperation("/plain", "/plain", 3),
        LoadOperation("/odd%20weight", "/odd weight", 1),
        LoadOperation("/example/a%2Fb", "/example/{id}", 1),
        LoadOperation("/named/7", "/named/{id}", 1),
        LoadOperation("/schema/4", "/schema/{id}", 1),
        LoadOperation("/reference/9", "/reference/{id}", 1),
        LoadOperation("/asked?q=a+b", "/asked", 1),
    ]


async def test_where_some_are_public_it_is_these_alone(tmp_path: Path) -> None:
    paths = {"/metrics": {"get": {}}, "/api": {"get": {"x-visibility": "public"}}}
    assert [each.path for each in await asked(tmp_path, paths)] == ["/api"]


@pytest.mark.law(1)
@pytest.mark.parametrize(
    "paths",
    [{}, {"/a": {"post": {}}}, {"/a/{id}": {"get": {}}}, {"elsewhere": {"get": {}}}],
    ids=["nothing", "post", "unfilled", "no-path"],
)
async def test_law_1_nothing_to_ask_is_an_error(tmp_path: Path, paths: dict[str, Any]) -> None:
    with pytest.raises(UnreadableError):
        await asked(tmp_path, paths)


def test_a_cards_own_list_cannot_break_out_of_its_path() -> None:
    one = WeightedPath(get="/a/${NAME}", weight=2)
    made = operations_of_card((one,), tools(env={"NAME": "b\r\nX-Evil: 1 #f"}))
    assert made == [LoadOperation("/a/b%0D%0AX-Evil:%201%20%23f", "/a/${NAME}", 2)]


@pytest.mark.law(9)
async def test_law_9_half_a_character_is_replaced(tmp_path: Path) -> None:
    query = {"name": "q", "in": "query", "required": True, "example": "\ud800"}
    paths = {"/\ud800": {"get": {}}, "/x/{id}": {"get": {"parameters": [held("id"), query]}}}
    paths["/x/{id}"]["get"]["parameters"][0]["example"] = "\udfff"
    found = await asked(tmp_path, paths)
    assert [each.path for each in found] == ["/?", "/x/%3F?q=%3F"]
    plan = locust_command.LoadPlan(
        warmup_s=0, duration_s=1, within_s=1, interval_s=1, headers={},
        operations=[(each.path, each.name, each.weight) for each in found],
    )  # fmt: skip
    assert locust_command.environment({}, plan)
