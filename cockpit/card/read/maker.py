"""From a card's plain values to the model; every fault is found, each with its path."""

import operator
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, TypeVar, Union

from msgspec import NODEFAULT, Struct

from cockpit.card.model.steps import kind as step_kind
from cockpit.card.read import messages
from cockpit.card.read.shape import Shape, choices, is_model, keys, shape, tag
from cockpit.card.yaml.places import NodePlaces, Path, PathFault

Model = TypeVar("Model")


def make(
    model: type[Model], raw: Any, places: NodePlaces | None = None
) -> tuple[Model | None, list[PathFault]]:
    """Make a model of plain values; gives None with all that is wrong with them.

    `places` lets the faults quote a value as the card wrote it.
    """
    maker = _Maker(places)
    made = maker.value(shape(model), raw, ())
    return (None if maker.faults else made), maker.faults


class _Maker:
    """Makes values and remembers faults; what is made beside a fault is thrown away."""

    def __init__(self, places: NodePlaces | None) -> None:
        self.faults: list[PathFault] = []
        self._places = places

    def value(self, kind: Shape, raw: Any, path: Path) -> Any:
        """Make the value that stands at `path`."""
        if raw is None and kind.optional:
            return None
        made = raw
        if kind.reader:
            try:
                made = kind.reader(raw)
            except ValueError as error:
                return self._fault(path, messages.said(error, raw, self._shown(raw, path)))
        return self._inside(kind, made, path)

    def _inside(self, kind: Shape, raw: Any, path: Path) -> Any:
        base = kind.base
        if base is Union:
            return self._member(kind, raw, path)
        if is_model(base):
            return self._model(base, raw, path)
        if base is tuple:
            return self._list(kind, raw, path)
        if base is dict:
            return self._mapping(kind, raw, path)
        if options := choices(kind):
            return self._choice(options, raw, path)
        return self._scalar(kind, raw, path)

    def _scalar(self, kind: Shape, raw: Any, path: Path) -> Any:
        made = _typed(kind.base, raw)
        if made is None:
            return self._fault(path, messages.misplaced(kind.base, raw, self._shown(raw, path)))
        if wrong := _unfit(kind, made, self._shown(raw, path)):
            return self._fault(path, wrong)
        return made

    def _choice(self, options: dict[Any, Any], raw: Any, path: Path) -> Any:
        for choice, made in options.items():
            if type(raw) is type(choice) and raw == choice:
                return made
        return self._fault(path, messages.unknown(self._shown(raw, path), options))

    def _list(self, kind: Shape, raw: Any, path: Path) -> Any:
        if not isinstance(raw, list):
            return self._fault(path, messages.misplaced(list, raw, self._shown(raw, path)))
        if not raw and kind.says("min_length"):
            return self._fault(path, messages.EMPTY)
        inner = kind.argument()
        return tuple(self.value(inner, item, (*path, index)) for index, item in enumerate(raw))

    def _mapping(self, kind: Shape, raw: Any, path: Path) -> Any:
        if not isinstance(raw, dict):
            return self._fault(path, messages.misplaced(dict, raw, self._shown(raw, path)))
        for key in raw:
            if wrong := _unfit(kind.argument(0), key, f"`{key}`"):
                self._fault((*path, key), wrong, is_key=True)
        inner = kind.argument(1)
        return {key: self.value(inner, item, (*path, key)) for key, item in raw.items()}

    def _model(self, model: type[Struct], raw: Any, path: Path) -> Any:
        if not isinstance(raw, dict):
            return self._fault(path, messages.misplaced(dict, raw, self._shown(raw, path)))
        before = len(self.faults)
        self._strangers(model, raw, path)
        given = dict(self._given(model, raw, path))
        if len(self.faults) > before:
            return None
        try:
            return model(**given)
        except ValueError as error:
            return self._fault(path, str(error))

    def _given(
        self, model: type[Struct], raw: dict[str, Any], path: Path
    ) -> Iterator[tuple[str, Any]]:
        for name, key in keys(model).items():
            if name in raw:
                yield key.name, self.value(key.shape, raw[name], (*path, name))
            elif key.default is NODEFAULT:
                self._fault((*path, name), messages.missing(name, key.shape.says("description")))

    def _strangers(self, model: type[Struct], raw: dict[str, Any], path: Path) -> None:
        """Name the keys that a model does not have, beside the one by which it is known."""
        mark = tag(model)
        known = [*([mark[0]] if mark else []), *keys(model)]
        for name in raw:
            if name not in known:
                self._fault((*path, name), messages.stranger(name, known), is_key=True)

    def _member(self, kind: Shape, raw: Any, path: Path) -> Any:
        """Make what its key (of a step) or that key's value (of a check, a monitor) chooses."""
        marks = [tag(each) for each in kind.arguments]
        by = next((mark[0] for mark in marks if mark), "")
        if None in marks:  # a step: its key says what it is, and a check is one of them
            if not isinstance(raw, dict) or (chosen := step_kind(raw)) is None:
                return self._fault(path, messages.no_step(raw, self._shown(raw, path)))
            if chosen != by:
                models = (each for each in kind.arguments if not tag(each) and chosen in keys(each))
                return self._model(next(models), raw, path)
        if not isinstance(raw, dict):
            return self._fault(path, messages.misplaced(dict, raw, self._shown(raw, path)))
        if by not in raw:
            return self._fault((*path, by), messages.no_kind(by))
        for model, mark in zip(kind.arguments, marks, strict=True):
            if mark and mark[1] == raw[by]:
                return self._model(model, raw, path)
        names = [mark[1] for mark in marks if mark]
        return self._fault((*path, by), messages.unknown(self._shown(raw[by], (*path, by)), names))

    def _fault(self, path: Path, message: str, *, is_key: bool = False) -> None:
        at = self._places.of_key(path) if is_key and self._places else None
        self.faults.append(PathFault(path, message, at))

    def _shown(self, raw: Any, path: Path) -> str:
        return messages.shown(raw, self._places.text(path) if self._places else None)


def _typed(base: Any, raw: Any) -> Any:
    """Give a value of the type that belongs there, None when it is of another one.

    YAML 1.2 knows `true` and `false` alone: a `yes` is a text, and silently becomes no truth.
    """
    if base is float and isinstance(raw, int | Decimal) and not isinstance(raw, bool):
        return float(raw)
    fits = isinstance(raw, base) and (base is bool or not isinstance(raw, bool))
    return raw if fits else None


def _unfit(kind: Shape, made: Any, given: str) -> str | None:
    """Say what an annotation asks for and a value does not fulfil."""
    if kind.says("min_length") and not made:
        return messages.EMPTY
    pattern = kind.says("pattern")
    if pattern and not re.search(re.sub(r"\$$", r"\\Z", pattern), made):
        return messages.unlike(pattern, given)
    for bound, holds in _BOUNDS.items():
        limit = kind.says(bound)
        if limit is not None and not holds(made, limit):
            return messages.beyond(bound, limit, given)
    return None


_BOUNDS = {"gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le}
