"""Writes the reference of every public module from its docstrings; nothing is imported.

    python docs/make_api.py [FOLDER]

Without a folder, docs/api.
"""

import shutil
import sys
from pathlib import Path

import griffe

ROOT = Path(__file__).parents[1]


def main(folder: Path) -> None:
    """Writes a page a module and an index."""
    package = griffe.load("au_tf", search_paths=[str(ROOT)], allow_inspection=False)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    index = ["# au_tf", ""]
    for module in _modules(package):
        (folder / f"{module.path}.md").write_text(page(module))
        index.append(f"- [{module.path}]({module.path}.md): {_first_line(module)}")
    (folder / "index.md").write_text("\n".join(index) + "\n")
    print(f"{folder / 'index.md'}: {len(index) - 2} modules")


def page(module: griffe.Module) -> str:
    """The page of a module: its docstring, then its classes, functions and constants."""
    parts = [f"# {module.path}", _text(module)]
    for member in module.members.values():
        if _shown(member):
            parts += [f"## {member.name}", _code(member), _text(member)]
            if member.is_class:
                parts += _members(member)
    return "\n\n".join(part for part in parts if part) + "\n"


def _members(owner: griffe.Class) -> list[str]:
    parts = []
    for member in owner.members.values():
        if _shown(member):
            parts += [f"### {owner.name}.{member.name}", _code(member), _text(member)]
    return parts


def _modules(module: griffe.Module) -> list[griffe.Module]:
    found = [module]
    for _, child in sorted(module.modules.items()):
        if not child.is_alias and not child.name.startswith("_"):
            found += _modules(child)
    return found


def _shown(member: griffe.Object | griffe.Alias) -> bool:
    return not member.is_alias and not member.is_module and not member.name.startswith("_") and bool(member.docstring)


def _code(member: griffe.Object) -> str:
    if member.is_function:
        return f"```python\n{member.signature()}\n```"
    if member.is_class:
        bases = ", ".join(str(base) for base in member.bases)
        return f"```python\nclass {member.name}({bases})\n```" if bases else ""
    kind = f": {member.annotation}" if member.annotation else ""
    value = str(member.value) if member.value is not None else ""
    short = f" = {value}" if value and len(value) < 80 else ""
    return f"```python\n{member.name}{kind}{short}\n```"


def _text(member: griffe.Object) -> str:
    return member.docstring.value.strip() if member.docstring else ""


def _first_line(member: griffe.Object) -> str:
    return _text(member).split("\n")[0]


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "api")
