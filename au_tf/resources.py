"""Where the files that ship with au_tf lie, in a source checkout and in an installed wheel."""

from pathlib import Path

from au_tf.errors import InputError

_PACKAGE = Path(__file__).resolve().parent
# A wheel carries the folder inside the package, a checkout beside it.
_SAVED_MODELS = (_PACKAGE / "saved_models", _PACKAGE.parent / "saved_models")


def saved_models() -> Path:
    """Folder of the trained models that ship with au_tf."""
    return next((folder for folder in _SAVED_MODELS if folder.is_dir()), _SAVED_MODELS[0])


def saved_model(name: str) -> Path:
    """Folder of a trained model that ships with au_tf, e.g. "caae-builtin".

    Raises:
      InputError: if no such model ships.
    """
    for folder in _SAVED_MODELS:
        if (folder / name).is_dir():
            return folder / name
    raise InputError("saved_models", name, "nothing", "a model that ships with au_tf")
