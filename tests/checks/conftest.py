import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from typing import get_args

import pytest
import pytest_asyncio

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.errors import CheckError
from checks.registry import AnyCheck
from cockpit.card.read.shape import tag
from cockpit.rehearsal.host import embedded_postgres
from cockpit.rehearsal.host.postgres_install import locate
from cockpit.rehearsal.protocol.rehearsal_errors import PortTakenError

PASSWORD = "pass/w:rd#1"
Run = Callable[[Check, Tools], Awaitable[Result]]


OBSERVED: set[tuple[str, str]] = set()
"""What the checks of the test that runs have come to: kind and outcome."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that passes and is marked with an outcome that no check of it came to."""
    OBSERVED.clear()
    result = yield
    marked = {mark.args for mark in item.iter_markers("outcome")}
    assert marked <= OBSERVED, (
        "it is marked with an outcome that no check of it came to (an exception that is no "
        "CheckError does not count: catch it and raise one)"
    )
    return result


@pytest.fixture(scope="session", autouse=True)
def every_figure_is_declared() -> Iterator[None]:
    """Let whatever the tests of the checks look at report only figures that it says it can."""
    strange: set[str] = set()

    def heard(run: Run) -> Run:
        async def look(check: Check, tools: Tools) -> Result:
            kind = tag(type(check))[1]
            try:
                result = await run(check, tools)
            except CheckError:
                OBSERVED.add((kind, Outcome.UNKNOWN.value))  # as `run_check` makes of it
                raise
            OBSERVED.add((kind, result.outcome.value))
            strange.update(result.figures.keys() - check.figures().keys())
            return result

        return look

    with pytest.MonkeyPatch.context() as patch:
        for kind in get_args(AnyCheck):
            patch.setattr(kind, "run", heard(kind.run))
        yield
    assert not strange, "figures that no check declares in its FIGURES"


@pytest.fixture
def free_port() -> Iterator[int]:
    """Yield a loopback port on which nobody listens, reserved while the test runs."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def _port() -> int:
    with socket.socket() as once:
        once.bind(("127.0.0.1", 0))
        port: int = once.getsockname()[1]
        return port


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def cluster(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[embedded_postgres.Cluster]:
    """Run a real, empty PostgreSQL for the whole session; its password needs encoding in a URL."""
    install = locate(tmp_path_factory.mktemp("install"))
    root, log = embedded_postgres.fresh_root(), tmp_path_factory.mktemp("log") / "postgres.log"
    try:
        made = embedded_postgres.Cluster(install, root, _port(), PASSWORD, log)
        await embedded_postgres.create(made)
        try:
            child = await embedded_postgres.launch(made)
        except PortTakenError:
            made = embedded_postgres.Cluster(install, root, _port(), PASSWORD, log)
            child = await embedded_postgres.launch(made)
        yield made
        await embedded_postgres.end(child)
    finally:
        embedded_postgres.remove(root)
