"""What is installed only when it is asked for."""

from importlib.util import find_spec

from au_tf.errors import InputError

DATA = "pip install 'au_tf[data]'"
"""The command that installs what data sets need."""
STUDIO = "pip install 'au_tf[studio]'"
"""The command that installs what the page in the browser needs."""


def missing_data() -> list[str]:
    """Packages of the extra `data` that are not installed."""
    return [package for package in ("tensorflow_datasets", "apache_beam") if find_spec(package) is None]


def require_data(command: str) -> None:
    """Makes sure that the extra `data` is installed.

    Raises:
      InputError: if it is not.
    """
    if missing := missing_data():
        raise InputError(f"au-tf {command}", "packages", f"no {' and no '.join(missing)}", f"them: {DATA}")


def require_studio() -> None:
    """Makes sure that the extra `studio` is installed.

    Raises:
      InputError: if it is not.
    """
    missing = [package for package in ("starlette", "uvicorn", "websockets") if find_spec(package) is None]
    if missing:
        raise InputError("au-tf studio", "packages", f"no {' and no '.join(missing)}", f"them: {STUDIO}")
