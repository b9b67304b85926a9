"""Where the router sends a request, and what it remembers over a restart."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from cockpit.rehearsal.protocol.rehearsal_errors import RehearsalError
from cockpit.rehearsal.scenarios import Fault, InjectionPoint, fault_named
from cockpit.rehearsal.service.api_operations import OPEN_PATHS, PUBLIC, is_public, path_template

_SEEN_AFTER = 12  # requests: the shift itself can be seen before metrics go, or the target hangs
_GOLDEN = 0.618_033_988_749_895
_CANARY_FAULTS = frozenset(
    fault for fault in Fault if fault.injection_point is InjectionPoint.CANARY
)


class Split:
    """Deals requests out so that any stretch of them keeps close to the weight, with no clumps.

    The multiples of the golden ratio fill 0..1 evenly: 5 % of 1,000 requests are 50.
    """

    def __init__(self) -> None:
        self._at = 0.0

    def is_canary(self, percent: float) -> bool:
        """Tell whether the next request goes to the canary, at a weight of `percent` (0 to 100)."""
        self._at = (self._at + _GOLDEN) % 1.0
        return self._at * 100.0 < percent


@dataclass
class Routing:
    """The router's state. `canary` is its share in percent; each change is in the file at once."""

    file: Path
    canary: float = 0.0
    demoted: set[str] = field(default_factory=set)
    frozen: bool = False
    faults: set[Fault] = field(default_factory=set)
    canary_seen: bool = False
    _served: int = 0

    @classmethod
    def load(cls, file: Path, faults: Iterable[Fault] = ()) -> "Routing":
        """Read the state kept in `file`; with no such file, start at 0 % with `faults` on."""
        try:
            kept = json.loads(file.read_text())
        except FileNotFoundError:
            return cls(file, faults=set(faults))
        try:
            return cls(
                file,
                float(kept["canary"]),
                set(kept["demoted"]),
                bool(kept["frozen"]),
                {fault_named(name) for name in kept["faults"]},
                bool(kept["canary_seen"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise RehearsalError(f"{file} does not hold a router's state: {error!r}") from None

    def as_json(self) -> dict[str, Any]:
        """Give the state as `GET /state` and the file show it."""
        return {
            "canary": self.canary,
            "stable": 100.0 - self.canary,
            "demoted": sorted(self.demoted),
            "frozen": self.frozen,
            "faults": sorted(self.faults),
            "canary_seen": self.canary_seen,
            "surface": sorted(operation.line for operation in PUBLIC),
        }

    def keep(self) -> None:
        """Write the state, whole or not at all: a killed router finds the last one or this one."""
        fresh = self.file.with_suffix(".tmp")
        fresh.write_text(json.dumps(self.as_json(), indent=1))
        fresh.replace(self.file)

    def served_by_canary(self) -> None:
        """Count a request of the canary: with the first dozen, what waits for it comes."""
        self._served += 1
        if self._served >= _SEEN_AFTER and not self.canary_seen:
            self.canary_seen = True
            self.keep()

    def hit(self, fault: Fault) -> bool:
        """Tell whether a fault that waits for the canary's first traffic has come."""
        return fault in self.faults and self.canary_seen

    def canary_faults(self) -> str:
        """Give the names of the faults that requests to the canary suffer, with commas."""
        return ",".join(sorted(self.faults & _CANARY_FAULTS)) if self.canary > 0.0 else ""

    def refusal(self, method: str, path: str) -> tuple[HTTPStatus, str] | None:
        """Give the status and reason with which the router itself refuses, or None to pass on."""
        known = path_template(path)
        if path in self.demoted or (known is not None and known in self.demoted):
            # not 403: a demotion must not look like a spike of refused tokens to the monitors
            return HTTPStatus.NOT_FOUND, f"{path} is demoted"
        if not self.frozen or path in OPEN_PATHS:
            return None
        methods = ("GET", "POST") if method in {"OPTIONS", "HEAD"} else (method,)
        if known is not None and any(is_public(m, known) for m in methods):
            return None
        return HTTPStatus.NOT_FOUND, "the public surface is frozen"
