"""Kinds of mesh files, and which files each consists of."""

import re
from pathlib import Path

MESHES = (".glb", ".obj", ".ply")
"""Suffixes of meshes."""
MATERIALS = (".mtl", ".png")
"""Suffixes of what lies beside an OBJ."""


def mesh_files(path: Path) -> list[Path]:
    """Everything that a mesh at `path` consists of: an OBJ has its material and texture beside it."""
    if path.suffix.lower() != ".obj":
        return [path]
    name = material(path)
    return [path, path.with_name(f"{name}.mtl"), path.with_name(f"{name}.png")]


def material(path: Path) -> str:
    """What the material of an OBJ is called: without white space, at which readers would split it, and in UTF-8."""
    return "-".join(re.sub("[\ud800-\udfff]", "_", f"{path.stem} texture").split())
