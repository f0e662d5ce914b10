"""Networks in files: one `.npz`, or what other frameworks read, `model.safetensors` and `config.json`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from au_tf.arrays import Array, ArrayLike, Arrays
from au_tf.errors import InputError
from au_tf.files import Place, read_npz, write_whole
from au_tf.optional import optional

safetensors = optional("safetensors")
safetensors_numpy = optional("safetensors.numpy")

TENSORS = "model.safetensors"
CONFIG = "config.json"
EXTRA = "pip install 'au_tf[exchange]'"
"""The command that installs what reads and writes other frameworks' files."""
_JSON = "config"
"""The text that is JSON itself."""


def write_tensors(folder: Path, arrays: Mapping[str, ArrayLike]) -> Path:
    """Writes what a network's `.npz` holds as tensors and, of its texts, JSON; the folder is made if need be.

    Raises:
      InputError: if the place cannot be written, or the package safetensors is not installed.
    """
    values = {name: np.asarray(value) for name, value in arrays.items()}
    texts = {name: str(value) for name, value in values.items() if value.dtype.kind == "U"}
    config = {name: json.loads(text) if name == _JSON else text for name, text in texts.items()}
    numbers = {name: np.asarray(value, order="C") for name, value in values.items() if name not in texts}
    try:
        content = safetensors_numpy.save(numbers, metadata={"format": "np"})
    except ModuleNotFoundError as error:
        raise InputError("safetensors", "package", "nothing", EXTRA) from error
    write_whole(folder / CONFIG, json.dumps(config, indent=2) + "\n")
    write_whole(folder / TENSORS, content)
    return folder


def read_network(path: Place, names: list[str]) -> Arrays:
    """Reads named arrays of a network, without unpickling.

    Args:
      path: its `.npz`; if it is not there, what `write_tensors` wrote to its folder is read.
      names: of the arrays.

    Raises:
      InputError: if the file is missing, damaged or lacks a name, or the package that reads it is not installed.
    """
    # Tensors are not looked for in object stores.
    if not isinstance(path, Path) or path.exists() or not path.with_name(TENSORS).exists():
        return read_npz(path, names)
    tensors = path.with_name(TENSORS)
    held = _texts(path.with_name(CONFIG)) | _tensors(tensors)
    missing = [name for name in names if name not in held]
    if missing:
        raise InputError(tensors, "arrays", f"no {', '.join(missing)}", ", ".join(names))
    return {name: held[name] for name in names}


def _texts(path: Path) -> dict[str, Array]:
    try:
        config = json.loads(path.read_text("utf-8"))
        return {name: np.array(json.dumps(v) if name == _JSON else str(v)) for name, v in dict(config).items()}
    except FileNotFoundError:
        raise InputError(path, "file", "nothing", "the settings of the network") from None
    except (OSError, ValueError, TypeError) as error:
        raise InputError(path, "file", error, "the settings of the network, as JSON") from error


def _tensors(path: Path) -> dict[str, Any]:
    try:
        return dict(safetensors_numpy.load_file(path))
    except ModuleNotFoundError as error:
        raise InputError(path, "package", "no safetensors", EXTRA) from error
    except (safetensors.SafetensorError, OSError, ValueError, KeyError) as error:
        raise InputError(path, "file", f"a damaged file ({error})", "tensors") from error
