"""The endpoints that a breaker can take, from the target's OpenAPI document."""

from pathlib import Path

from checks.core.errors import UnreadableError, UnsetVariableError
from checks.openapi.document import read_document
from cockpit.foundation.redaction import sanitize
from cockpit.screens.model.source import Controlled, RunSource

MAX_ENDPOINTS = 500


async def endpoints(source: RunSource) -> tuple[str, ...]:
    """Return the public paths, then the others; none when the document cannot be read."""
    name = source.card.target.openapi
    if not name or not isinstance(source, Controlled):
        return ()
    tools = source.running.engine.context.tools
    try:
        path: Path = tools.path(name)
        operations = (await read_document(path, name)).operations()
    except (UnreadableError, UnsetVariableError, OSError):
        return ()
    ordered = sorted(operations, key=lambda operation: not operation.public)
    paths = dict.fromkeys(sanitize(operation.path, source.redactor) for operation in ordered)
    return tuple(paths)[:MAX_ENDPOINTS]
