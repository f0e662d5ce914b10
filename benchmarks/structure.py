"""How the code is built, in figures; prints a table with a column for each checkout, read as text and not imported.

    python benchmarks/structure.py [--names] [FOLDER...]

FOLDERs are checkouts of the repository, by default this one. The last figure is counted in a process of its own, which
needs what au_tf depends on. `--names` also lists what lies behind the figures of the last checkout.
"""

import argparse
import ast
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

GROUND = (
    "assets",
    "blas",
    "au_statistics",
    "errors",
    "files",
    "arrays",
    "command_line",
    "facs",
    "au_table",
    "labelled",
    "model_files",
    "optional",
    "places",
    "progress",
    "timeline",
    "resources",
    "startup",
    "stores",
    "versions",
)
"""Modules and rooms of au_tf that no room lies below; among themselves they are as one."""
ROOMS = (
    *("pictures", "geometry", "morphable", "rendering", "compositing", "texture", "meshes", "training", "fitting"),
    *("simulation", "synthesis", "estimation", "faces", "evaluation", "serving", "studio", "cli"),
)
"""The rooms of au_tf; each imports only those before it."""
OUTSIDE = ("datasets", "pipelines", "benchmarks")
"""Folders beside au_tf, installed within it; each imports au_tf and those before it."""
RANK = dict.fromkeys(GROUND, 0) | {room: 1 + k for k, room in enumerate((*ROOMS[:-1], *OUTSIDE, ROOMS[-1], "__main__"))}
ENGINES = ("graph", "native")
"""Folders of the rooms that do the same by TensorFlow and by numba."""
MAX_FILES, MAX_LINES, MAX_FUNCTION = 15, 500, 60

Graph = Mapping[str, Iterable[str]]
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """A file of Python."""

    path: Path
    """Below the checkout."""
    text: str
    """What it holds."""

    @cached_property
    def tree(self) -> ast.Module:
        """It parsed."""
        return ast.parse(self.text)

    @property
    def module(self) -> str:
        """Its name, `au_tf.training.devices` or `datasets.disfa.frames`."""
        return ".".join(self.path.with_suffix("").parts).removesuffix(".__init__")

    @property
    def room(self) -> str:
        """Where in `RANK` it stands; of au_tf's own `__init__` "au_tf"."""
        parts = self.module.split(".")
        return parts[1] if parts[0] == "au_tf" and len(parts) > 1 else parts[0]

    def functions(self) -> Iterator[Function]:
        """All functions in it, those in classes and in functions too."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def imported(self) -> Iterator[str]:
        """Full names of what it imports wherever in the file, also what a lazy loader is to load."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                name = node.args[0]
                if node.func.attr in ("load", "import_module") and isinstance(name, ast.Constant):
                    yield str(name.value)


@dataclass(frozen=True)
class Checkout:
    """The Python of a checkout without its tests."""

    root: Path
    """The folder."""

    @cached_property
    def sources(self) -> dict[str, Source]:
        """Files by module."""
        paths = (path for top in ("au_tf", *OUTSIDE) for path in sorted((self.root / top).rglob("*.py")))
        read = (Source(path.relative_to(self.root), path.read_text()) for path in paths)
        return {source.module: source for source in read}

    @cached_property
    def files(self) -> dict[str, set[str]]:
        """Modules of the checkout that each imports; au_tf's own `__init__`, which names all lazily, is left out."""
        return {name: self._known(source) - {name, "au_tf"} for name, source in self.sources.items() if name != "au_tf"}

    @cached_property
    def rooms(self) -> dict[str, set[str]]:
        """Rooms that each room imports."""
        found: dict[str, set[str]] = defaultdict(set)
        for name, others in self.files.items():
            room = self.sources[name].room
            found[room] |= {self.sources[other].room for other in others} - {room}
        return dict(found)

    def upward(self) -> list[str]:
        """Imports of what does not lie before the file's own room."""
        return [
            f"{name} imports {other}"
            for name, others in self.files.items()
            for other in sorted(others)
            if not _may(self.sources[name].room, self.sources[other].room)
        ]

    def _known(self, source: Source) -> set[str]:
        """The modules that lie behind what a file imports."""
        found = set()
        for name in source.imported():
            for top in OUTSIDE:
                name = name.removeprefix("au_tf.") if name.startswith(f"au_tf.{top}") else name
            while name and name not in self.sources:
                name = name.rpartition(".")[0]
            found.add(name)
        return found - {""}

    def own(self) -> list[Source]:
        """What is installed: all but the benchmarks."""
        return [source for source in self.sources.values() if source.room != "benchmarks"]

    def imports_in_functions(self) -> list[str]:
        """Where something is imported inside a function."""
        return [
            f"{source.path}:{node.lineno}"
            for source in self.sources.values()
            for function in source.functions()
            for node in _own_nodes(function)
            if isinstance(node, ast.Import | ast.ImportFrom)
        ]

    def parameters(self) -> tuple[int, list[str]]:
        """How many parameters there are, and where those whose type says `Any`."""
        count, loose = 0, []
        for source in self.own():
            for function in source.functions():
                given = function.args
                several = [each for each in (given.vararg, given.kwarg) if each]
                every = [*given.posonlyargs, *given.args, *given.kwonlyargs, *several]
                every = [each for each in every if each.arg not in ("self", "cls")]
                count += len(every)
                loose += [f"{source.path}:{each.lineno}: {each.arg}" for each in every if _says_any(each.annotation)]
        return count, loose

    def folders(self) -> Counter[str]:
        """Files in each folder of what is installed, `__init__` not counted."""
        return Counter(str(source.path.parent) for source in self.own() if source.path.stem != "__init__")

    def ambiguous_modules(self) -> dict[str, list[str]]:
        """Names of files that mean several."""
        return _ambiguous((s.path.stem, s.path) for s in self.own() if s.path.stem != "__init__")

    def ambiguous_classes(self) -> dict[str, list[str]]:
        """Names of classes that mean several."""
        return _ambiguous(
            (node.name, source.path)
            for source in self.own()
            for node in ast.walk(source.tree)
            if isinstance(node, ast.ClassDef)
        )

    def long_files(self) -> list[str]:
        """Files that are too long."""
        return [str(s.path) for s in self.sources.values() if len(s.text.splitlines()) > MAX_LINES]

    def long_functions(self) -> list[str]:
        """Functions that are too long."""
        return [
            f"{source.path}:{function.name}"
            for source in self.sources.values()
            for function in source.functions()
            if (function.end_lineno or 0) - function.lineno >= MAX_FUNCTION
        ]

    def lines(self, below: str) -> int:
        """Lines of the files below a folder."""
        return sum(len(s.text.splitlines()) for s in self.sources.values() if s.path.as_posix().startswith(below))

    def loaded_by_generator(self) -> list[str]:
        """Modules of au_tf that are loaded when the generator that ships has been read."""
        name = "generators" if "au_tf.synthesis.generators" in self.sources else "load"
        code = (
            f"import sys; from au_tf.synthesis.{name} import load_generator; load_generator();"
            "print(*[name for name in sys.modules if name.split('.')[0] == 'au_tf'])"
        )
        env = os.environ | {"PYTHONPATH": str(self.root.resolve()), "TF_CPP_MIN_LOG_LEVEL": "3"}
        done = subprocess.run(
            [sys.executable, "-c", code], cwd="/", env=env, check=True, capture_output=True, text=True
        )
        return sorted(done.stdout.split())


def circles(graph: Graph) -> list[list[str]]:
    """Sets of names that all reach each other, by Tarjan's algorithm."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in graph.get(name, ()):
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            at = stack.index(name)
            found.append(sorted(stack[at:]))
            del stack[at:]

    for name in graph:
        if name not in index:
            visit(name)
    return [circle for circle in found if len(circle) > 1]


def _may(room: str, other: str) -> bool:
    if room == other or room not in RANK or other not in RANK:
        return True
    return RANK[other] < RANK[room] or RANK[room] == 0 == RANK[other]


def _own_nodes(function: Function) -> Iterator[ast.AST]:
    """Nodes of a function that lie in no function within it."""
    left: list[ast.AST] = list(ast.iter_child_nodes(function))
    while left:
        node = left.pop()
        yield node
        if not isinstance(node, Function):
            left += ast.iter_child_nodes(node)


def _says_any(annotation: ast.expr | None) -> bool:
    return annotation is None or any(isinstance(n, ast.Name) and n.id == "Any" for n in ast.walk(annotation))


def _ambiguous(named: Iterable[tuple[str, Path]]) -> dict[str, list[str]]:
    """Names with several places; the engines of a room do the same, so that what both have counts once."""
    places: dict[str, dict[Path, str]] = defaultdict(dict)
    for name, path in named:
        place = path.parents[1] / path.name if path.parent.name in ENGINES else path
        places[name].setdefault(place, str(path))
    return {name: [*found.values()] for name, found in sorted(places.items()) if len(found) > 1}


def measures(checkout: Checkout) -> dict[str, tuple[str, Iterable[object]]]:
    """Every figure with what lies behind it, by what it counts."""
    count, loose = checkout.parameters()
    folders = checkout.folders()
    large = [f"{folder}: {files}" for folder, files in folders.most_common() if files > MAX_FILES]
    modules, classes = checkout.ambiguous_modules(), checkout.ambiguous_classes()
    lists: dict[str, list[object]] = {
        "imports inside functions": [*checkout.imports_in_functions()],
        f"folders with more than {MAX_FILES} files": [*large],
        "circles of rooms": [*circles(checkout.rooms)],
        "imports upward": [*checkout.upward()],
        "circles of files": [*circles(checkout.files)],
        "names of modules that mean several": [*modules.items()],
        "names of classes that mean several": [*classes.items()],
        f"files of more than {MAX_LINES} lines": [*checkout.long_files()],
        f"functions of more than {MAX_FUNCTION} lines": [*checkout.long_functions()],
        "modules that `load_generator()` loads": [*checkout.loaded_by_generator()],
    }
    return {
        "lines in au_tf": (f"{checkout.lines('au_tf/'):,}", ()),
        "lines in au_tf/cli": (f"{checkout.lines('au_tf/cli/'):,}", ()),
        "parameters that say `Any`": (f"{len(loose) / count:.1%}", loose),
        "files in the biggest folder": (str(max(folders.values())), ()),
    } | {what: (str(len(found)), found) for what, found in lists.items()}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", action="store_true")
    parser.add_argument("folders", nargs="*", type=Path, default=[Path(__file__).parents[1]])
    args = parser.parse_args()
    columns = [measures(Checkout(folder)) for folder in args.folders]
    print("|", " | ".join(["", *(folder.resolve().name for folder in args.folders)]), "|")
    print("|---" * (1 + len(columns)) + "|")
    for what in columns[0]:
        print("|", " | ".join([what, *(column[what][0] for column in columns)]), "|")
    if args.names:
        for what, (_, found) in columns[-1].items():
            print(f"\n{what}:", *found, sep="\n  ")


if __name__ == "__main__":
    main()
