"""How the router routes requests: its state, which is stored in a file."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from cockpit.rehearsal.protocol.rehearsal_errors import RehearsalError
from cockpit.rehearsal.scenarios import Fault, InjectionPoint, fault_named
from cockpit.rehearsal.service.api_operations import OPEN_PATHS, PUBLIC, is_public, path_template

_SEEN_AFTER = 36  # requests: 5 % is seen by two dozen, before metrics go or the target hangs
_GOLDEN_RATIO = 0.618_033_988_749_895
_CANARY_FAULTS = frozenset(
    fault for fault in Fault if fault.injection_point is InjectionPoint.CANARY
)


class TrafficSplit:
    """Splits requests between the versions so that any run of them is close to the weight.

    The multiples of the golden ratio, modulo 1, are evenly distributed (a Weyl sequence):
    5 % of 1,000 requests are 50.
    """

    def __init__(self) -> None:
        self._position = 0.0

    def is_canary(self, percent: float) -> bool:
        """Whether the next request goes to the canary, at a weight of `percent` (0 to 100)."""
        self._position = (self._position + _GOLDEN_RATIO) % 1.0
        return self._position * 100.0 < percent


@dataclass
class Routing:
    """The router's state, saved to `file` after each change.

    `canary` is the canary's share in percent; `canary_seen` is set once it has served 36 requests.
    """

    file: Path
    canary: float = 0.0
    demoted: set[str] = field(default_factory=set)
    frozen: bool = False
    faults: set[Fault] = field(default_factory=set)
    canary_seen: bool = False
    _canary_requests: int = 0

    @classmethod
    def load(cls, file: Path, faults: Iterable[Fault] = ()) -> "Routing":
        """Read the state from `file`; without a file, start at 0 % with `faults` injected.

        Raises RehearsalError if the file does not hold a router's state.
        """
        try:
            state = json.loads(file.read_text())
        except FileNotFoundError:
            return cls(file, faults=set(faults))
        try:
            return cls(
                file,
                float(state["canary"]),
                set(state["demoted"]),
                bool(state["frozen"]),
                {fault_named(name) for name in state["faults"]},
                bool(state["canary_seen"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise RehearsalError(f"{file} does not hold a router's state: {error!r}") from None

    def as_json(self) -> dict[str, Any]:
        """Return the state as `GET /state` and the file show it."""
        return {
            "canary": self.canary,
            "stable": 100.0 - self.canary,
            "demoted": sorted(self.demoted),
            "frozen": self.frozen,
            "faults": sorted(self.faults),
            "canary_seen": self.canary_seen,
            "surface": sorted(operation.line for operation in PUBLIC),
        }

    def save(self) -> None:
        """Write the state to the file atomically."""
        temporary = self.file.with_suffix(".tmp")
        temporary.write_text(json.dumps(self.as_json(), indent=1))
        temporary.replace(self.file)

    def count_canary_request(self) -> None:
        """Count a request to the canary; the faults that wait for the 36th take effect."""
        self._canary_requests += 1
        if self._canary_requests >= _SEEN_AFTER and not self.canary_seen:
            self.canary_seen = True
            self.save()

    def is_in_effect(self, fault: Fault) -> bool:
        """Whether a fault that waits for the canary's first requests is in effect."""
        return fault in self.faults and self.canary_seen

    def canary_faults(self) -> str:
        """Return the comma-separated names of the faults to inject into requests to the canary."""
        return ",".join(sorted(self.faults & _CANARY_FAULTS)) if self.canary > 0.0 else ""

    def refusal(self, method: str, path: str) -> tuple[HTTPStatus, str] | None:
        """Return the status and reason if the router itself refuses the request, or None."""
        template = path_template(path)
        if path in self.demoted or (template is not None and template in self.demoted):
            # not 403: the monitors would take the demotion for a spike of failed authentications
            return HTTPStatus.NOT_FOUND, f"{path} is demoted"
        if not self.frozen or path in OPEN_PATHS:
            return None
        methods = ("GET", "POST") if method in {"OPTIONS", "HEAD"} else (method,)
        if template is not None and any(is_public(m, template) for m in methods):
            return None
        return HTTPStatus.NOT_FOUND, "the public surface is frozen"
