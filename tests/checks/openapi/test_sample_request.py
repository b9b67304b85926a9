from typing import Any

import pytest

from checks.openapi.document import Document
from checks.openapi.sample_request import SampleRequest, build_sample_request


def build(path: str, method: str = "get", shared: Any = None, **node: Any) -> SampleRequest | None:
    components = {
        "schemas": {
            "New": {"type": "object", "required": ["a"]},
            "Base": {"properties": {"a": {}}},
            "Loop": {"oneOf": [{"$ref": "#/components/schemas/Loop"}]},
        },
        "parameters": {"Id": parameter("id", {"type": "integer", "minimum": 7})},
    }
    item = {method: node, **({"parameters": shared} if shared else {})}
    api = Document("api.json", {"paths": {path: item}, "components": components})
    return build_sample_request(api, api.operations()[0])


def parameter(name: str, schema: Any, place: str = "path", **more: Any) -> dict[str, Any]:
    return {"name": name, "in": place, "required": True, "schema": schema, **more}


def body(schema: Any, kind: str = "application/json", **more: Any) -> dict[str, Any]:
    return {"content": {kind: {"schema": schema}}, **more}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        (parameter("id", {"type": "integer"}), "/1"),
        (parameter("id", {"type": "integer", "minimum": 1000}), "/1000"),
        (parameter("id", {"type": "integer"}, example=42), "/42"),
        (parameter("id", {"type": "integer"}, examples={"a": {"value": 43}}), "/43"),
        (parameter("id", {"type": "string", "enum": ["a b/c"]}), "/a%20b%2Fc"),
        (parameter("id", {"type": "string", "examples": ["..", "x"]}), "/x"),
        (parameter("id", {"type": "string", "minLength": 3}), "/111"),
        (
            parameter("id", {"type": "string", "format": "uuid"}),
            "/00000000-0000-4000-8000-000000000000",
        ),
        (parameter("id", {"type": "boolean"}), "/false"),
        (parameter("id", {"default": True}), "/true"),
        (parameter("id", {"example": float("nan")}), "/nan"),
        ({"$ref": "#/components/parameters/Id"}, "/7"),
        ({"name": "id", "in": "path", "type": "integer", "minimum": 9}, "/9"),
        ("no parameter at all", "/1"),
    ],
)
def test_a_path_is_filled_with_plain_values(given: Any, path: str) -> None:
    for where in ({"parameters": [given]}, {"shared": [given]}):
        request = build("/{id}", **where)
        assert request is not None
        assert (request.path, request.filled, request.body) == (path, True, None)


def test_an_operations_own_parameter_comes_over_its_paths() -> None:
    shared = [parameter("id", {"example": "theirs"})]
    request = build("/{id}", shared=shared, parameters=[parameter("id", {"example": "own"})])
    assert request is not None
    assert request.path == "/own"


def test_needed_parameters_of_the_query_are_filled() -> None:
    needed = parameter("q", {"type": "string", "example": "a&b"}, "query")
    spare = parameter("r", {"type": "string"}, "query") | {"required": False}
    assert build("/a", parameters=[needed, spare]) == SampleRequest(
        "GET /a", "GET", "/a?q=a%26b", True
    )


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer"}, "2147483647"),
        ({"type": "integer", "maximum": 99}, "100"),
        ({"type": "string"}, "cockpit-impossible-id"),
        ({"type": "string", "format": "uuid"}, "ffffffff-ffff-4fff-bfff-ffffffffffff"),
        ({"type": "string", "format": "date"}, None),
        ({"type": "boolean"}, None),
        ({"type": ["integer", "null"]}, None),
    ],
)
def test_another_method_gets_an_id_that_nothing_has(schema: Any, value: str | None) -> None:
    request = build("/{id}", "delete", parameters=[parameter("id", schema, example=42)])
    assert (request and request.path) == (None if value is None else f"/{value}")


@pytest.mark.parametrize(
    ("schema", "sent"),
    [
        ({"type": "object"}, b'["cockpit"]'),
        ({"$ref": "#/components/schemas/New"}, b'["cockpit"]'),
        ({"type": "array"}, b'{"cockpit": "probe"}'),
        ({"type": ["array", "object"]}, b'"cockpit"'),
        ({"oneOf": [{"type": "array"}, {"type": "object"}]}, b'"cockpit"'),
        ({"allOf": [{"$ref": "#/components/schemas/Base"}, {}]}, b'["cockpit"]'),
        ({"$ref": "#/components/schemas/Loop"}, None),
        ({}, None),
        (None, None),
        ({"anyOf": "NaN"}, None),
    ],
)
def test_a_body_cannot_validate_or_is_not_sent(schema: Any, sent: bytes | None) -> None:
    request = build("/a", "post", requestBody=body(schema, required=True))
    assert (request and request.body) == sent


def test_a_body_protects_only_where_it_is_needed() -> None:
    assert build("/a", "post", requestBody=body({"type": "object"})) is None
    assert build("/a", "post", requestBody=body({"type": "object", "required": ["a"]}))
    form = build("/a", "post", requestBody=body({}, "multipart/form-data", required=True))
    assert form is not None
    assert form.content_type == "text/x-cockpit-probe"
    assert build("/a", "post", requestBody=body({}, "text/plain", required=True)) is None


def test_what_is_put_at_an_id_that_nothing_has_may_come_into_being() -> None:
    assert build("/{id}", "put") is None
    assert build("/{id}/", "post") is None
    assert build("/{id}/cancel", "post")
    assert build("/{id}", "delete")
    assert build("/flush", "post") is None
