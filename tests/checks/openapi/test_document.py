import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.core.errors import UnreadableError
from checks.openapi.document import Document, read_document, without_parameter_names

PATHS = {
    "/users/{id}": {
        "summary": "no operation",
        "parameters": [{"name": "id", "in": "path"}],
        "x-visibility": "public",
        "get": {"x-visibility": "public"},
        "post": {},
        "servers": [],
    },
    "/health": {"get": {"x-visibility": "Public"}},
}


def api(paths: dict[str, Any], **schemas: Any) -> Document:
    return Document("api.json", {"paths": paths, "components": {"schemas": schemas}})


def uses(node: Any, **schemas: Any) -> bool:
    doc = api({"/x": {"get": node}}, **schemas)
    return doc.uses_schema(doc.operations()[0], "GenericObject")


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def test_only_methods_are_operations_and_only_their_own_mark_makes_them_public() -> None:
    seen = [(operation.name, operation.public) for operation in api(PATHS).operations()]
    assert seen == [("GET /users/{id}", True), ("POST /users/{id}", False), ("GET /health", False)]


def test_a_path_item_may_be_a_reference() -> None:
    root = {
        "paths": {"/a": {"$ref": "#/components/pathItems/~1a%20b", "post": {}}},
        "components": {"pathItems": {"/a b": {"get": {"x-visibility": "public"}}}},
    }
    seen = [operation.name for operation in Document("api.json", root).operations()]
    assert seen == ["GET /a", "POST /a"]


def test_a_path_item_that_refers_to_itself() -> None:
    loop = {"$ref": "#/paths/~1a"}
    with pytest.raises(UnreadableError, match="refers to itself"):
        api({"/a": loop}).operations()


@pytest.mark.law(1)
@pytest.mark.parametrize("root", [{}, {"paths": None}, {"paths": {}}, {"paths": {"/a": None}}])
def test_law_1_no_operation_is_no_answer(root: dict[str, Any]) -> None:
    with pytest.raises(UnreadableError, match=r"api\.json holds no operations"):
        Document("api.json", root).operations()


def test_a_chain_of_references_is_followed() -> None:
    body = {"responses": {200: {"content": {"application/json": {"schema": ref("A")}}}}}
    chain = {
        "A": {"properties": {"b": {"items": ref("B")}}},
        "B": {"allOf": [ref("GenericObject")]},
    }
    assert uses(body, **chain, GenericObject={})
    assert not uses(body, **chain | {"B": {"type": "string"}}, GenericObject={})


def test_a_circle_of_references_ends() -> None:
    circle = {"A": {"properties": {"self": ref("A"), "b": ref("B")}}, "B": {"items": ref("A")}}
    assert not uses({"schema": ref("A")}, **circle)


def test_parameters_of_the_path_belong_to_each_operation() -> None:
    doc = api(
        {"/x": {"parameters": [{"schema": ref("GenericObject")}], "get": {}}}, GenericObject={}
    )
    assert doc.uses_schema(doc.operations()[0], "GenericObject")


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("#/components/schemas/Gone", "which does not exist"),
        ("other.yaml#/components/schemas/A", "refers to another document"),
        ("#/paths/~1x/get/tags/7", "which does not exist"),
    ],
)
def test_law_1_what_cannot_be_followed_is_not_absent(reference: str, said: str) -> None:
    with pytest.raises(UnreadableError, match=said):
        uses({"schema": {"$ref": reference}, "tags": []})


def test_a_property_called_ref_is_no_reference() -> None:
    assert not uses({"properties": {"$ref": {"type": "string"}}})


@pytest.mark.parametrize(
    ("path", "same"),
    [
        ("/users/:id", "/users/{user_id}"),
        ("/users/<int:id>/x", "/users/{id}/x"),
        (r"/users/:id(\d+)", "/users/{id}"),
        ("/files/{name}.json", "/files/{file}.json"),
    ],
)
def test_what_a_parameter_is_called_does_not_matter(path: str, same: str) -> None:
    assert without_parameter_names(path) == without_parameter_names(same)


def test_a_custom_verb_is_no_parameter() -> None:
    assert without_parameter_names("/jobs/{id}:cancel") != without_parameter_names(
        "/jobs/{id}:start"
    )


async def read(folder: Path, content: str | bytes, name: str = "api.yaml") -> Document:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return await read_document(path, name)


async def test_json_and_yaml_are_read_alike(tmp_path: Path) -> None:
    as_json = await read(tmp_path, "\ufeff" + json.dumps({"paths": PATHS}))
    as_yaml = await read(tmp_path, "paths:\n  /health: {get: {x-visibility: public}}\n")
    assert len(as_json.operations()) == 3
    assert as_yaml.operations()[0].public


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "must be an object"),
        ("[1, 2]", "must be an object"),
        ('{"paths": {', "is not JSON"),
        ("a: [1\nb: 2", "neither JSON nor YAML, line 2"),
        ("a: !!python/object/apply:os.system ['true']", "neither JSON nor YAML, line 1"),
        (b"\x00\x01", "zero bytes"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ("a:\n " + "- " * 100_000, "nested deeper than 200 levels"),
        ("paths: " + "{a: " * 100_000, "nested deeper than 200 levels"),
        (b"\xff\xfe\xfd", "must be an object"),
    ],
)
async def test_hostile_documents(tmp_path: Path, content: str | bytes, said: str) -> None:
    with pytest.raises(UnreadableError, match=said):
        await read(tmp_path, content)


async def test_a_yaml_bomb_is_looked_at_once(tmp_path: Path) -> None:
    layers = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    bomb = "\n".join(["a0: &a0 {x: y}", *layers, "paths: {/x: {get: {bomb: *a39}}}"])
    doc = await read(tmp_path, bomb)
    assert not doc.uses_schema(doc.operations()[0], "GenericObject")


async def test_a_node_inside_itself(tmp_path: Path) -> None:
    doc = await read(tmp_path, "paths: {/x: {get: &a {self: *a}}}")
    assert not doc.uses_schema(doc.operations()[0], "GenericObject")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["$ref", "get", "paths", "/x", "parameters"]), inner)
    ),
    max_leaves=20,
)


@given(JSON)
def test_any_document_gives_operations_or_a_sentence(paths: Any) -> None:
    doc = Document("api.json", {"paths": paths})
    with contextlib.suppress(UnreadableError):
        for operation in doc.operations():
            doc.uses_schema(operation, "GenericObject")
