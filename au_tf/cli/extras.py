"""What is installed only when it is asked for."""

from importlib.util import find_spec

from au_tf.errors import InputError

DATA = "pip install 'au_tf[data]'"
"""The command that installs what data sets need."""
STUDIO = "pip install 'au_tf[studio]'"
"""The command that installs what the page in the browser needs."""


def missing_data() -> list[str]:
    """Packages of the extra `data` that are not installed."""
    return _missing("tensorflow_datasets", "apache_beam")


def require_data(command: str) -> None:
    """Makes sure that the extra `data` is installed.

    Raises:
      InputError: if it is not.
    """
    _require(command, missing_data(), DATA)


def require_studio() -> None:
    """Makes sure that the extra `studio` is installed.

    Raises:
      InputError: if it is not.
    """
    _require("studio", _missing("starlette", "uvicorn", "websockets"), STUDIO)


def _missing(*packages: str) -> list[str]:
    return [package for package in packages if find_spec(package) is None]


def _require(command: str, missing: list[str], remedy: str) -> None:
    if missing:
        raise InputError(f"au-tf {command}", "packages", f"no {' and no '.join(missing)}", f"them: {remedy}")
