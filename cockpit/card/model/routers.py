"""Routers of a card: how the canary's share of the traffic is set, and how it is observed."""

from typing import Annotated

from msgspec import Meta, Struct

from checks.core.units import Text


class Observe(Struct, frozen=True, kw_only=True):
    """How the canary's share of the traffic is seen: a counter on a `/metrics` page, by version."""

    url: Annotated[Text, Meta(description="the URL of the page with the metrics")]
    counter: Annotated[Text, Meta(description="the counter of requests, without its _total")]
    label: Annotated[Text, Meta(description="the label that names the version")] = "version"
    requests: Annotated[
        int, Meta(ge=1, description="so many requests are counted at least before a share is seen")
    ] = 100


class _Router(Struct, frozen=True, kw_only=True, tag_field="router"):
    """What all routers have: the share that they set is observed in the same way."""

    observe: Annotated[Observe, Meta(description="where the shift is seen")]


class CommandRouter(_Router, frozen=True, kw_only=True, tag="command"):
    """How traffic is shifted by a command, and how the shift is observed."""

    set: Annotated[str, Meta(description="the command; `{percent}` becomes the canary's share")]
    shell: Annotated[
        bool,
        Meta(description="hand the command to /bin/sh, which finds the share in `$PERCENT`"),
    ] = False


Router = CommandRouter
"""Any router: the union of all kinds, a tagged union of one today."""

DEFAULT_ROUTER = "command"
"""The kind of a card that leaves the key `router` out."""
