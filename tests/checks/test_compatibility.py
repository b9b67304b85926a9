"""The check `compatibility` on real files and a real git repository."""

import asyncio
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checks import compatibility
from checks.compatibility import Compatibility
from checks.core.base import Outcome, Result
from checks.core.errors import UnreadableError, UnsetVariableError
from checks.core.run_check import run_check
from checks.core.threads import Going, WorkCancelledError, work
from checks.openapi.document import parse_document
from checks.openapi.validation import validated
from tests.checks.kit import WrongError, read, tools

OK = {"description": "done"}


def api(version: str = "3.0.3", **operations: Any) -> dict[str, Any]:
    paths = {f"/{name}": {"get": given} for name, given in operations.items()}
    return {"openapi": version, "info": {"title": "t", "version": "1"}, "paths": paths}


def returning(schema: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}}
    return {"responses": {"200": {**OK, "content": content}}}


MAIL = {"type": "object", "properties": {"mail": {"type": "string"}}}
BEFORE = api(users=returning(MAIL), gone={"responses": {"200": OK}})
AFTER = api(users=returning({"type": "object"}))


def check(**options: Any) -> Compatibility:
    raw = {"check": "compatibility", "against": "old.json", "openapi": "new.json"}
    return read(Compatibility, **{**raw, "timeout": "10s", **options})


def write(folder: Path, old: Any, new: Any) -> None:
    for name, given in (("old.json", old), ("new.json", new)):
        raw = given if isinstance(given, bytes | str) else json.dumps(given)
        (folder / name).write_bytes(raw.encode() if isinstance(raw, str) else raw)


async def ask(folder: Path, **options: Any) -> Result:
    return await asyncio.wait_for(check(**options).run(tools(folder)), 20)


@pytest.mark.outcome("compatibility", "passed")
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
async def test_what_only_adds_passes(tmp_path: Path, version: str) -> None:
    more = api(version, users=returning(MAIL), more={"responses": {"200": OK}})
    write(tmp_path, api("3.0.0", users=returning(MAIL)), more)
    seen = await ask(tmp_path)
    passed = (Outcome.PASSED, "nothing breaks in 1 operation of old.json")
    assert (seen.outcome, seen.evidence) == passed


async def test_each_break_is_named_by_operation_and_field(tmp_path: Path) -> None:
    write(tmp_path, BEFORE, AFTER)
    seen = await ask(tmp_path)
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence == ("2 breaking changes: GET /users 200 mail: removed, GET /gone: removed")
    assert seen.details == ("GET /users 200 mail: removed", "GET /gone: removed")
    assert seen.figures == {"breaking": 2.0, "operations": 2.0}


async def test_yaml_is_read_too_and_the_target_s_document_is_the_new_one(tmp_path: Path) -> None:
    write(tmp_path, "", AFTER)
    (tmp_path / "old.yaml").write_text(
        "openapi: 3.0.3\ninfo: {title: t, version: '1', x-at: 2027-03-01}\npaths:\n"
        "  /gone:\n    get:\n      responses:\n        200: {description: done}\n"
    )
    one = read(Compatibility, check="compatibility", against="old.yaml")
    seen = await one.run(tools(tmp_path, openapi="new.json"))
    assert seen.evidence == "1 breaking change: GET /gone: removed"


async def test_what_was_found_stays_found_when_the_rest_cannot_be_followed(tmp_path: Path) -> None:
    lost = returning({"$ref": "#/components/schemas/Gone"})
    both = (api(users=returning(MAIL), x=lost), api(users=returning({"type": "object"}), x=lost))
    write(tmp_path, *both)
    seen = await ask(tmp_path)
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence == "1 breaking change: GET /users 200 mail: removed"
    assert seen.details[1].startswith("the rest: cannot be compared: old.json refers to")


async def test_what_cannot_be_told_is_unknown(tmp_path: Path) -> None:
    one, other = ({"type": "string", "pattern": each} for each in ("^a", "^b"))
    write(tmp_path, api(x=returning(one)), api(x=returning(other)))
    seen = await ask(tmp_path)
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence == ("cannot be compared: GET /x 200: pattern differs, compare it by eye")


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@b.test", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, timeout=30)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "a repo" / "docs"
    folder.mkdir(parents=True)
    git(folder.parent, "init", "-q")
    write(folder, BEFORE, BEFORE)
    git(folder.parent, "add", ".")
    git(folder.parent, "commit", "-q", "-m", "x")
    git(folder.parent, "tag", "v2.4.0")
    write(folder, AFTER, AFTER)
    return folder


@pytest.mark.parametrize("revision", ["v2.4.0", "HEAD", "HEAD~0", "${BASE}"])
async def test_a_git_revision(repository: Path, revision: str) -> None:
    one = check(against=f"git:{revision}")
    seen = await one.run(tools(repository, env={"BASE": "v2.4.0"}))
    assert seen.outcome is Outcome.FAILED
    assert seen.details == ("GET /users 200 mail: removed", "GET /gone: removed")
    whole = check(against=f"git:{revision}", openapi=str(repository / "new.json"))
    assert (await whole.run(tools(repository, env={"BASE": "v2.4.0"}))).details == seen.details
    git(repository, "commit", "-q", "-a", "-m", "y")
    seen = await check(against="git:HEAD").run(tools(repository))
    assert seen.evidence == "nothing breaks in 1 operation of new.json at HEAD"


@pytest.mark.law(1)
@pytest.mark.parametrize("revision", ["v9.9.9", "HEAD~7"])
async def test_law_1_no_such_revision_is_unknown(repository: Path, revision: str) -> None:
    seen = await check(against=f"git:{revision}").run(tools(repository))
    assert seen.outcome is Outcome.UNKNOWN
    assert "git cannot read new.json at" in seen.evidence


@pytest.mark.outcome("compatibility", "unknown")
@pytest.mark.law(1)
async def test_law_1_no_repository_no_git_and_too_much_are_unknown(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, AFTER, AFTER)
    beside = {"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)}
    seen = await check(against="git:HEAD").run(tools(tmp_path, env=beside))
    assert seen.outcome is Outcome.UNKNOWN
    seen = await check(against="git:HEAD").run(tools(repository, env={"PATH": str(tmp_path)}))
    assert "git cannot be started: No such file" in seen.evidence
    monkeypatch.setattr(compatibility, "_MOST_BYTES", 100)
    seen = await check(against="git:v2.4.0").run(tools(repository))
    assert "new.json at v2.4.0 is larger" in seen.evidence


async def test_a_revision_that_is_an_option_is_none(repository: Path) -> None:
    for bad in ("git:--help", "git:", "git:a b", "git:a:b"):
        with pytest.raises(WrongError, match="is not a revision"):
            check(against=bad)
    seen = await check(against="git:${BASE}").run(tools(repository, env={"BASE": "--help"}))
    assert seen.evidence == "git:--help is not a revision"
    with pytest.raises(UnsetVariableError, match="BASE"):
        await check(against="git:${BASE}").run(tools(repository))


BROKEN = "openapi: 3.0.3\ninfo:\n  title: t\n  version: 1\npaths: {}\n"
RECURSIVE = "openapi: 3.0.3\ninfo: &a {title: t, version: '1', x-me: *a}\npaths: {}\n"
LAYERS = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)]
BOMB = "\n".join(["a0: &a0 {x: y}", *LAYERS, "openapi: 3.0.3", "paths: {/x: {get: {x: *a19}}}"])


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("document", "said"),
    [
        (BROKEN, 'not valid OpenAPI 3.0: 1 is not of type "string" at #/info/version, line 4'),
        ({**AFTER, "paths": {"/a~b": {"get": 7}}}, "at #/paths/~1a~0b/get"),
        (api(x={"responses": {}}), "at #/paths/~1x/get/responses"),
        (api("3.1.0", x=returning({"type": "nonsense"})), "schema/type"),
        (api("3.1.0", x=returning({"properties": []})), "schema/properties"),
        (api("3.0.0", x=returning({"type": ["string", "null"]})), "not valid OpenAPI 3.0"),
        (api("2.0"), "is OpenAPI 2.0: only 3.0 and 3.1 are supported"),
        ({"paths": {"/x": {"get": {}}}}, "names no OpenAPI version"),
        (api(), "holds no operations"),
        ("[1]", "must be an object"),
        ("{", "is not JSON"),
        (b"\xff\xfe\xfd", "must be an object"),
        (b"\x00", "zero bytes"),
        ('{"openapi": "3.0.3", "info": NaN}', "contains nan, which is not a JSON number"),
        ('{"openapi": "3.0.3", "info": 1e400}', "contains inf, which is not a JSON number"),
        (b" " * 17 * 2**20, "is larger than 16 MiB"),
        (api(x=returning({"$ref": "#/paths/" + "9" * 5000})), "refers to #/paths/9999"),
        (RECURSIVE, "contains a value that contains itself"),
        (BOMB, "unfolds to more than 2,000,000 values"),
        ('{"a":' * 900 + "1" + "}" * 900, "is"),
        (api(x=returning({"$ref": "#/components/schemas/Gone"})), "which does not exist"),
        (api(x=returning({"$ref": "http://127.0.0.1:9/x"})), "refers to another document"),
        (api(x=returning({"$ref": "#anchor"})), "which is not a JSON pointer"),
    ],
)
@pytest.mark.parametrize("side", ["old", "new"])
async def test_law_1_a_document_that_cannot_be_compared(
    tmp_path: Path, document: Any, said: str, side: str
) -> None:
    sound = api(x=returning(MAIL))
    write(tmp_path, *((document, sound) if side == "old" else (sound, document)))
    seen = await ask(tmp_path)
    assert seen.outcome is Outcome.UNKNOWN, seen
    assert said in seen.evidence
    assert f"{side}.json" in seen.evidence
    assert len(seen.evidence) <= 300


@pytest.mark.outcome("compatibility", "failed")
async def test_a_bound_without_measure_is_named(tmp_path: Path) -> None:
    fields = ({"type": "integer", "minimum": each} for each in (-(10**400), 5))
    old, new = (
        {"parameters": [{"in": "query", "name": "n", "schema": each}], **returning({})}
        for each in fields
    )
    write(tmp_path, api(x=old), api(x=new))
    seen = await ask(tmp_path)
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence.startswith("1 breaking change: GET /x query parameter n: minimum -1000")
    assert seen.evidence.endswith("… became 5")


@pytest.mark.law(1)
async def test_law_1_what_is_no_plain_file_is_unknown(tmp_path: Path) -> None:
    write(tmp_path, BEFORE, AFTER)
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "."):
        seen = await ask(tmp_path, against=name)
        assert seen == Result(Outcome.UNKNOWN, f"{name} is not a plain file")


@pytest.mark.law(1)
async def test_law_1_nothing_to_look_at_is_unknown(tmp_path: Path) -> None:
    write(tmp_path, BEFORE, BEFORE)
    assert "old.json" not in (await ask(tmp_path, openapi="gone.json")).evidence
    seen = await ask(tmp_path, against="gone.json")
    assert seen == Result(Outcome.UNKNOWN, "gone.json cannot be read: No such file or directory")
    bare = read(Compatibility, check="compatibility", against="old.json")
    assert (await bare.run(tools(tmp_path))).outcome is Outcome.UNKNOWN


def write_much(folder: Path) -> None:
    much = api()
    much["paths"] = {f"/{number}": {"get": returning(MAIL)} for number in range(5000)}
    write(folder, much, much)


@pytest.mark.law(12)
async def test_law_12_it_ends_with_its_time(tmp_path: Path) -> None:
    write_much(tmp_path)
    seen = await run_check(check(timeout="1ms"), tools(tmp_path))
    assert seen == Result(Outcome.UNKNOWN, "no answer within 1 ms")


@pytest.mark.law(12)
async def test_law_12_cancelled_it_leaves_no_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, begun, ends = asyncio.get_running_loop(), asyncio.Event(), []

    async def recorded(does: Callable[[Going], Result]) -> Result:
        def watched(going: Going) -> Result:
            loop.call_soon_threadsafe(begun.set)
            try:
                return does(going)
            except WorkCancelledError as error:
                ends.append(error)
                raise

        return await work(watched)

    monkeypatch.setattr(compatibility, "work", recorded)
    write_much(tmp_path)
    running = asyncio.create_task(run_check(check(timeout="5m"), tools(tmp_path)))
    await begun.wait()
    running.cancel()
    await asyncio.wait({running})
    # Its next look at the flag ends it, however long that takes on a busy machine.
    await loop.shutdown_default_executor()
    assert len(ends) == 1, "it went on to its end"


def test_a_fault_in_yaml_has_its_line() -> None:
    text = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /x:\n    get: 7\n"
    with pytest.raises(UnreadableError, match="at #/paths/~1x/get, line 5"):
        validated(parse_document(text, "x"), text)


def test_label() -> None:
    assert check(against="git:v2.4.0").label() == "compatible with git:v2.4.0"
