"""Who imports whom: read from the source, with imports in functions and under TYPE_CHECKING too."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
BUILDINGS = ("checks", "widgets", "cockpit")
Graph = Mapping[str, frozenset[str]]


def modules(root: Path = ROOT) -> dict[str, Path]:
    """Return every module of the three packages by its dotted name; a package is its `__init__`."""
    paths = (path for name in BUILDINGS for path in (root / name).rglob("*.py"))
    return {_dotted(path.relative_to(root)): path for path in paths}


def imports(sources: Mapping[str, str]) -> Graph:
    """Return what each module imports of the others, given their sources by dotted name."""
    return {
        name: frozenset(_imported(text, set(sources)) - {name}) for name, text in sources.items()
    }


def circles(graph: Graph) -> list[list[str]]:
    """Return every circle as the modules on it, each circle from its first name on."""
    found = []
    for start in sorted(graph):
        if (circle := _way_back(graph, start)) and start == min(circle):
            found.append(circle)
    return found


def rooms(graph: Graph, inside: str) -> Graph:
    """Return the same arrows between what stands directly in a package: its folders and files."""
    arrows: dict[str, set[str]] = {}
    for name, targets in graph.items():
        if room := _room(name, inside):
            others = {_room(target, inside) for target in targets} - {room, ""}
            arrows.setdefault(room, set()).update(others)
    return {room: frozenset(targets) for room, targets in arrows.items()}


def _room(name: str, inside: str) -> str:
    """Return the folder or file of `inside` that a module is in; empty for one elsewhere."""
    return (
        name.removeprefix(f"{inside}.").partition(".")[0] if name.startswith(f"{inside}.") else ""
    )


def _dotted(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _imported(text: str, known: set[str]) -> set[str]:
    named = {name for node in ast.walk(ast.parse(text)) for name in _named(node, known)}
    return named & known


def _named(node: ast.AST, known: set[str]) -> Iterator[str]:
    match node:
        case ast.Import():
            yield from (alias.name for alias in node.names)
        case ast.ImportFrom(module=str(module)):
            for alias in node.names:
                inner = f"{module}.{alias.name}"
                yield inner if inner in known else module
        case ast.Constant(value=str(text)):  # what `import_module` is given
            yield text


def _way_back(graph: Graph, start: str) -> list[str]:
    """Return a shortest way from `start` back to it, without the return; empty for none."""
    ways = [[start]]
    seen = {start}
    for way in ways:
        for target in sorted(graph[way[-1]]):
            if target == start:
                return way
            if target not in seen:
                seen.add(target)
                ways.append([*way, target])
    return []
