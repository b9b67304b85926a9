"""What breaks between two documents: in which direction, and by which name."""

from collections.abc import Callable
from typing import Any

import pytest

from checks.core.errors import UnreadableError
from checks.openapi.api_diff import breaking_changes
from checks.openapi.document import Document

Schema = Any
Components = dict[str, Any]


def document(name: str, operation: Any, components: Components | None = None) -> Document:
    paths = operation if "paths" in operation else {"paths": {"/x/{id}": {"post": operation}}}
    return Document(name, {**paths, "components": {"schemas": components or {}}})


def breaks(old: Any, new: Any, before: Any = None, after: Any = None) -> list[str]:
    both = document("old", old, before), document("new", new, after)
    changes = breaking_changes(*both, lambda: None)
    return [f"{change}" + ("" if change.certain else " (unsure)") for change in changes]


def sends(schema: Schema) -> Any:
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


def answers(schema: Schema) -> Any:
    return {"responses": {"200": {"content": {"application/json": {"schema": schema}}}}}


def inner_places(changes: list[str]) -> list[str]:
    """Remove the operation, the body and the status from each change."""
    parts = (change.removeprefix("POST /x/{id} ") for change in changes)
    return [part.removeprefix("body").removeprefix("200").strip() for part in parts]


def both_ways(old: Schema, new: Schema) -> tuple[list[str], list[str]]:
    request = inner_places(breaks(sends(old), sends(new)))
    return request, inner_places(breaks(answers(old), answers(new)))


def fields(*required: str, **properties: Schema) -> Schema:
    made = {"type": "object", "properties": properties}
    return made | ({"required": list(required)} if required else {})


TEXT, WHOLE, NUMBER = {"type": "string"}, {"type": "integer"}, {"type": "number"}
NAME = fields(name=TEXT)

# An earlier schema, a later one, what that breaks of a request, and of an answer.
PAIRS: list[tuple[Schema, Schema, list[str], list[str]]] = [
    (NAME, NAME, [], []),
    (NAME, fields(name=TEXT, more=TEXT), [], []),
    (fields(name=TEXT, more=TEXT), NAME, ["more: removed"], ["more: removed"]),
    (NAME, fields("name", name=TEXT), ["name: required now"], []),
    (fields("name", name=TEXT), NAME, [], ["name: may be missing now"]),
    (NAME, fields("new", name=TEXT, new=TEXT), ["new: required now"], []),
    (TEXT, WHOLE, [": type string became integer"], [": type string became integer"]),
    (WHOLE, NUMBER, [], [": type integer became number"]),
    (NUMBER, WHOLE, [": type number became integer"], []),
    (
        {"enum": ["a", "b"]},
        {"enum": ["b", "c"]},
        [': "a" is no longer accepted'],
        [': "c" may be returned now'],
    ),
    (TEXT, {"type": "string", "enum": ["a"]}, [': only "a" is accepted now'], []),
    ({"type": "string", "enum": ["a"]}, TEXT, [], [': values other than "a" may be returned now']),
    ({"const": "a"}, {"enum": ["a", "b"]}, [], [': "b" may be returned now']),
    (
        {"type": "string", "maxLength": 10},
        {"type": "string", "maxLength": 5},
        [": maxLength 10 became 5"],
        [],
    ),
    (WHOLE, {"type": "integer", "minimum": 0}, [": minimum none became 0"], []),
    (
        {"type": "integer", "minimum": 0},
        {"type": "integer", "minimum": 0, "exclusiveMinimum": True},
        [": exclusive minimum 0 became 0"],
        [],
    ),
    (
        {"type": "integer", "minimum": 0},
        {"type": "integer", "exclusiveMinimum": -1},
        [],
        [": minimum 0 became -1"],
    ),
    (TEXT, {"type": "string", "minLength": 0}, [], []),
    (TEXT, {"type": "string", "format": "uuid"}, [': format "uuid" differs'], []),
    (
        {"type": "integer", "format": "int32"},
        {"type": "integer", "format": "int64"},
        [],
        [': format "int32" differs'],
    ),
    (TEXT, {"type": "string", "pattern": "^a"}, [": pattern differs"], []),
    (
        {"type": "string", "pattern": "^a"},
        {"type": "string", "pattern": "^b"},
        [": pattern differs, compare it by eye (unsure)"],
        [": pattern differs, compare it by eye (unsure)"],
    ),
    (
        {"not": TEXT},
        {"not": WHOLE},
        [": not differs, compare it by eye (unsure)"],
        [": not differs, compare it by eye (unsure)"],
    ),
    (
        {"type": "string", "nullable": True},
        TEXT,
        [": null is no longer accepted"],
        [],
    ),
    (TEXT, {"type": ["string", "null"]}, [], [": type string became null|string"]),
    (
        {"type": "string", "nullable": True},
        {"anyOf": [TEXT, {"type": "null"}]},
        [],
        [],
    ),
    (TEXT, {}, [], [": type string became any"]),
    ({"properties": {"a": TEXT}}, fields(a=TEXT), [], []),
    (
        {"type": "array", "items": TEXT},
        {"type": "array", "items": WHOLE},
        ["[]: type string became integer"],
        ["[]: type string became integer"],
    ),
    (
        fields(list={"type": "array", "items": fields(a=TEXT, b=TEXT)}),
        fields(list={"type": "array", "items": fields(a=TEXT)}),
        ["list[].b: removed"],
        ["list[].b: removed"],
    ),
    (
        NAME,
        NAME | {"additionalProperties": False},
        [": additional fields are no longer accepted"],
        [],
    ),
    (
        {"type": "object", "additionalProperties": NUMBER},
        {"type": "object", "additionalProperties": WHOLE},
        ["*: type number became integer"],
        [],
    ),
    (
        {"type": "object", "additionalProperties": WHOLE},
        {"type": "object", "additionalProperties": TEXT},
        ["*: type integer became string"],
        ["*: type integer became string"],
    ),
    (
        {"type": "object", "additionalProperties": WHOLE},
        {"type": "object"},
        [],
        ["*: type integer became any"],
    ),
    (
        {"type": "object"},
        {"type": "object", "additionalProperties": WHOLE},
        ["*: type any became integer"],
        [],
    ),
    (
        {"allOf": [NAME, fields(b=TEXT)]},
        fields(name=TEXT, b=WHOLE),
        ["b: type string became integer"],
        ["b: type string became integer"],
    ),
    ({"allOf": [NAME, fields(b=TEXT)]}, fields("b", name=TEXT, b=TEXT), ["b: required now"], []),
    ({"oneOf": [TEXT, WHOLE]}, {"oneOf": [WHOLE, TEXT]}, [], []),
    ({"oneOf": [TEXT, WHOLE]}, TEXT, [": integer is no longer accepted"], []),
    (TEXT, {"anyOf": [WHOLE, TEXT]}, [], [": integer may be returned now"]),
    (
        fields(a={"type": "string", "readOnly": True}),
        fields("a", "b", a={"type": "string", "readOnly": True}, b=TEXT | {"readOnly": True}),
        [],
        [],
    ),
    (
        fields(a={"type": "string", "writeOnly": True}),
        fields(),
        ["a: removed"],
        [],
    ),
    (True, {}, [], []),
    ({}, False, [": any is no longer accepted"], []),
]


@pytest.mark.parametrize(("old", "new", "request_", "answer"), PAIRS)
def test_law_a_request_may_grow_wider_and_an_answer_narrower(
    old: Schema, new: Schema, request_: list[str], answer: list[str]
) -> None:
    assert both_ways(old, new) == (request_, answer)


OPERATIONS: list[tuple[Any, Any, list[str]]] = [
    (
        {"paths": {"/a": {"get": {}, "post": {}}, "/b": {"get": {}}}},
        {"paths": {"/a": {"get": {}}}},
        ["POST /a: removed", "GET /b: removed"],
    ),
    ({"paths": {"/a/{id}": {"get": {}}}}, {"paths": {"/a/{key}": {"get": {}}}}, []),
    (
        {"parameters": [{"in": "query", "name": "q"}, {"in": "header", "name": "X-A"}]},
        {"parameters": [{"in": "header", "name": "x-a", "required": True}]},
        ["query parameter q: removed", "header parameter X-A: required now"],
    ),
    (
        {"parameters": []},
        {
            "parameters": [
                {"in": "query", "name": "q", "required": True},
                {"in": "query", "name": "r"},
                {"in": "header", "name": "Authorization", "required": True},
            ]
        },
        ["query parameter q: new, and required"],
    ),
    (
        {"parameters": [{"in": "query", "name": "q", "schema": {"enum": ["a", "b"]}}]},
        {"parameters": [{"in": "query", "name": "q", "schema": {"enum": ["a"]}}]},
        ['query parameter q: "b" is no longer accepted'],
    ),
    (
        {"parameters": [{"in": "query", "name": "q", "style": "form"}]},
        {"parameters": [{"in": "query", "name": "q", "explode": False}]},
        ["query parameter q: serialized in another style"],
    ),
    ({}, {"requestBody": {"required": True, "content": {}}}, ["body: required now"]),
    (sends(TEXT), {}, ["body: removed"]),
    (
        sends(TEXT),
        {"requestBody": {"content": {"text/plain": {}}}},
        ["body: application/json removed"],
    ),
    (sends(TEXT), {"requestBody": {"content": {"application/*": {"schema": TEXT}}}}, []),
    (
        {"responses": {"200": {}, "404": {}, "409": {}}},
        {"responses": {"2XX": {}, "404": {}}},
        ["409: removed"],
    ),
    ({"responses": {"404": {}}}, {"responses": {"default": {}}}, []),
    ({"responses": {"200": {}}}, {"responses": {"default": {}}}, ["200: removed"]),
    (
        {"responses": {"200": {"headers": {"X-A": {}, "X-B": {"required": True}}}}},
        {"responses": {"200": {"headers": {"x-b": {}}}}},
        ["200 header X-A: removed", "200 header X-B: may be missing now"],
    ),
    ({"security": [{}]}, {"security": [{"jwt": []}]}, ["POST /x/{id}: needs authentication now"]),
    ({"security": [{"jwt": []}]}, {"security": []}, []),
]


@pytest.mark.parametrize(("old", "new", "found"), OPERATIONS)
def test_operations(old: Any, new: Any, found: list[str]) -> None:
    seen = [each.removeprefix("POST /x/{id} ") for each in breaks(old, new)]
    assert seen == found


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def test_a_name_is_whole() -> None:
    old = answers(fields(user=fields(mail=TEXT)))
    assert breaks(old, answers(fields(user=fields()))) == ["POST /x/{id} 200 user.mail: removed"]
    old = sends({"type": "array", "items": NAME})
    assert breaks(old, sends({"type": "array", "items": fields()})) == [
        "POST /x/{id} body [].name: removed"
    ]


def tree(**more: Schema) -> Schema:
    return fields(left=ref("Tree"), right=ref("Tree"), **more)


def test_a_schema_that_holds_itself_ends() -> None:
    found = breaks(
        answers(ref("Tree")), answers(ref("Tree")), {"Tree": tree(a=TEXT)}, {"Tree": tree()}
    )
    assert found == ["POST /x/{id} 200 a: removed"]
    circle = {"A": {"allOf": [ref("B")]}, "B": {"allOf": [ref("A")]}}
    assert breaks(answers(ref("A")), answers(ref("A")), circle, circle) == []
    either = {"A": {"oneOf": [ref("A"), TEXT]}}
    assert breaks(answers(ref("A")), answers(ref("A")), either, either) == []


def test_what_met_itself_is_whole_from_another_beginning() -> None:
    before = {"A": fields(b=ref("B"), gone=TEXT), "B": fields(a=ref("A"))}
    after = {"A": fields(b=ref("B")), "B": fields(a=ref("A"))}
    paths = {"paths": {f"/{name}": {"get": answers(ref(name))} for name in "AB"}}
    assert breaks(paths, paths, before, after) == [
        "GET /A 200 gone: removed",
        "GET /B 200 a.gone: removed",
    ]


def test_alternatives_by_name() -> None:
    before = {"Cat": fields("kind", kind={"const": "cat"}), "Dog": fields(kind={"const": "dog"})}
    old = sends({"oneOf": [ref("Cat"), ref("Dog")]})
    new = sends({"oneOf": [ref("Cat")]})
    assert breaks(old, new, before, before) == ["POST /x/{id} body: Dog is no longer accepted"]
    old, new = answers({"oneOf": [ref("Cat")]}), answers({"oneOf": [ref("Cat"), ref("Dog")]})
    assert breaks(old, new, before, before) == ["POST /x/{id} 200: Dog may be returned now"]


@pytest.mark.law(1)
def test_law_1_what_cannot_be_followed_is_not_the_same() -> None:
    with pytest.raises(UnreadableError, match="which does not exist"):
        breaks(answers(ref("Gone")), answers(ref("Gone")))
    many = {"allOf": [{"oneOf": [TEXT, WHOLE, NAME]} for _ in range(4)]}
    with pytest.raises(UnreadableError, match="too many alternatives"):
        breaks(answers(many), answers(many))


def test_it_ends_when_nobody_waits() -> None:
    def stop() -> None:
        raise InterruptedError

    both = document("old", answers(NAME)), document("new", answers(NAME))
    go: Callable[[], None] = stop
    with pytest.raises(InterruptedError):
        list(breaking_changes(*both, go))
