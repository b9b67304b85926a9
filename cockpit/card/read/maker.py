"""Build the model from a card's plain values; every fault is recorded, each with its path."""

import operator
import re
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from msgspec import NODEFAULT, Struct

from cockpit.card.model.steps import kind as step_kind
from cockpit.card.read import messages
from cockpit.card.read.shape import Shape, choices, is_model, keys, own_keys, shape, tag
from cockpit.card.yaml.places import NodePlaces, Path, PathFault

Model = TypeVar("Model")


def make(
    model: type[Model], raw: Any, places: NodePlaces | None = None
) -> tuple[Model | None, list[PathFault]]:
    """Build a model from plain values; returns it and no faults, or None and every fault.

    `places` lets the faults quote a value as it is written in the card.
    """
    maker = _Maker(places)
    value = maker.value(shape(model), raw, ())
    return (None if maker.faults else value), maker.faults


class _Maker:
    """Builds values and records faults; with any fault, what was built is discarded."""

    def __init__(self, places: NodePlaces | None) -> None:
        self.faults: list[PathFault] = []
        self._places = places

    def value(self, kind: Shape, raw: Any, path: Path) -> Any:
        """Build the value at `path`."""
        if raw is None and kind.optional:
            return None
        parsed = raw
        if kind.reader:
            try:
                parsed = kind.reader(raw)
            except ValueError as error:
                return self._fault(
                    path, messages.reader_message(error, raw, self._shown(raw, path))
                )
        return self._inside(kind, parsed, path)

    def _inside(self, kind: Shape, raw: Any, path: Path) -> Any:
        base = kind.base
        if kind.members:
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
        value = _typed(kind.base, raw)
        if value is None:
            return self._fault(path, messages.wrong_type(kind.base, raw, self._shown(raw, path)))
        if wrong := _unfit(kind, value, self._shown(raw, path)):
            return self._fault(path, wrong)
        return value

    def _choice(self, options: dict[Any, Any], raw: Any, path: Path) -> Any:
        for choice, value in options.items():
            if type(raw) is type(choice) and raw == choice:
                return value
        return self._fault(path, messages.unknown_value(self._shown(raw, path), options))

    def _list(self, kind: Shape, raw: Any, path: Path) -> Any:
        if not isinstance(raw, list):
            return self._fault(path, messages.wrong_type(list, raw, self._shown(raw, path)))
        if not raw and kind.says("min_length"):
            return self._fault(path, messages.EMPTY)
        inner = kind.argument()
        return tuple(self.value(inner, item, (*path, index)) for index, item in enumerate(raw))

    def _mapping(self, kind: Shape, raw: Any, path: Path) -> Any:
        if not isinstance(raw, dict):
            return self._fault(path, messages.wrong_type(dict, raw, self._shown(raw, path)))
        for key in raw:
            if wrong := _unfit(kind.argument(0), key, f"`{key}`"):
                self._fault((*path, key), wrong, is_key=True)
        inner = kind.argument(1)
        return {key: self.value(inner, item, (*path, key)) for key, item in raw.items()}

    def _model(
        self, model: type[Struct], raw: Any, path: Path, ignored: Collection[str] = ()
    ) -> Any:
        """Build a model; keys in `ignored` are accepted and left out."""
        if not isinstance(raw, dict):
            return self._fault(path, messages.wrong_type(dict, raw, self._shown(raw, path)))
        before = len(self.faults)
        fields = self._fields(model, raw, path, ignored)
        if len(self.faults) > before:
            return None
        try:
            return model(**fields)
        except ValueError as error:
            return self._fault(path, str(error))

    def _fields(
        self, model: type[Struct], raw: dict[str, Any], path: Path, ignored: Collection[str]
    ) -> dict[str, Any]:
        self._unknown_keys(model, raw, path, ignored)
        fields = {}
        for name, key in keys(model).items():
            if name in raw:
                fields[key.name] = self.value(key.shape, raw[name], (*path, name))
            elif key.default is NODEFAULT and name not in ignored:
                self._fault(
                    (*path, name), messages.missing_key(name, key.shape.says("description"))
                )
        return fields

    def _unknown_keys(
        self, model: type[Struct], raw: dict[str, Any], path: Path, ignored: Collection[str]
    ) -> None:
        """Record a fault for each key that a model does not have; its tag field is known."""
        mark = tag(model)
        known = [*([mark[0]] if mark else []), *keys(model), *ignored]
        for name in raw:
            if name not in known:
                self._fault((*path, name), messages.unknown_key(name, known), is_key=True)

    def _member(self, kind: Shape, raw: Any, path: Path) -> Any:
        """Build the member of a union that a tag or a key of its own selects.

        If some members have a tag and others a key of their own, the union is a step.
        """
        tagged = tuple(model for model in kind.members if tag(model))
        if len(tagged) == len(kind.members):
            return self._tagged(tagged, kind.default_tag, raw, path)
        if not tagged:
            return self._keyed(kind.members, raw, path)
        if not isinstance(raw, dict) or (chosen := step_kind(raw)) is None:
            return self._fault(path, messages.not_a_step(raw, self._shown(raw, path)))
        model = own_keys(kind.members).get(chosen)
        return self._model(model, raw, path) if model else self._tagged(tagged, None, raw, path)

    def _tagged(
        self, models: Sequence[type[Struct]], default: str | None, raw: Any, path: Path
    ) -> Any:
        """Build a check, a monitor or a router: the value of its tag field selects the kind."""
        if not isinstance(raw, dict):
            return self._fault(path, messages.wrong_type(dict, raw, self._shown(raw, path)))
        by_tag = {mark[1]: model for model in models if (mark := tag(model))}
        by = next(mark[0] for model in models if (mark := tag(model)))
        if by not in raw and default is None:
            return self._fault((*path, by), messages.missing_tag(by))
        chosen = raw.get(by, default)
        if not isinstance(chosen, str) or chosen not in by_tag:
            shown = self._shown(chosen, (*path, by))
            return self._fault((*path, by), messages.unknown_value(shown, by_tag))
        return self._model(by_tag[chosen], raw, path)

    def _keyed(self, models: Sequence[type[Struct]], raw: Any, path: Path) -> Any:
        """Build a breaker: the key that only its kind requires selects it.

        Keys of the other kind are validated and left out: cards of version 1 may have them, and
        they never had an effect. A rule rejects those that must not be combined.
        """
        if not isinstance(raw, dict):
            return self._fault(path, messages.wrong_type(dict, raw, self._shown(raw, path)))
        own = own_keys(models)
        actions = [name for name in own if raw.get(name) is not None]
        if not actions:
            self._fault(path, messages.no_action(own))
        for second in actions[1:]:
            self._fault((*path, second), messages.SECOND_ACTION)
        model = own[actions[0]] if actions else models[0]
        others = {
            name: key
            for member in models
            for name, key in keys(member).items()
            if name not in keys(model)
        }
        for name, key in others.items():
            if raw.get(name) is not None:
                self.value(key.shape, raw[name], (*path, name))
        if actions:
            return self._model(model, raw, path, others)
        rest = {name: value for name, value in raw.items() if name not in own}
        self._fields(model, rest, path, {*others, *own})
        return None

    def _fault(self, path: Path, message: str, *, is_key: bool = False) -> None:
        at = self._places.of_key(path) if is_key and self._places else None
        self.faults.append(PathFault(path, message, at))

    def _shown(self, raw: Any, path: Path) -> str:
        return messages.quote_value(raw, self._places.text(path) if self._places else None)


def _typed(base: Any, raw: Any) -> Any:
    """Return the value if it has the required type, an int or Decimal as float; else None.

    In YAML 1.2 only `true` and `false` are booleans: `yes` is a text and stays one.
    """
    if base is float and isinstance(raw, int | Decimal) and not isinstance(raw, bool):
        return float(raw)
    fits = isinstance(raw, base) and (base is bool or not isinstance(raw, bool))
    return raw if fits else None


def _unfit(kind: Shape, value: Any, shown: str) -> str | None:
    """Return which constraint of an annotation a value breaks, as a sentence; None if none."""
    if kind.says("min_length") and not value:
        return messages.EMPTY
    pattern = kind.says("pattern")
    if pattern and not re.search(re.sub(r"\$$", r"\\Z", pattern), value):
        return messages.pattern_mismatch(pattern, shown)
    for bound, holds in _BOUNDS.items():
        limit = kind.says(bound)
        if limit is not None and not holds(value, limit):
            return messages.out_of_range(bound, limit, shown)
    return None


_BOUNDS = {"gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le}
