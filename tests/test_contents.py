"""The package's table of contents: light to import, and nothing in it leads nowhere."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import au_tf

HEAVY = {"tensorflow", "keras", "numpy", "scipy", "pandas", "matplotlib", "trimesh", "sklearn", "numba", "cv2", "PIL"}


def imported_by(code):
    """Top-level packages that a fresh interpreter has loaded after some code."""
    ask = f"{code}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    return set(subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout.split())


def test_importing_the_package_loads_nothing_heavy():
    assert not HEAVY & imported_by("import au_tf; dir(au_tf)")
    assert not {"tensorflow", "keras"} & imported_by("import au_tf; au_tf.AU_NAMES; au_tf.Timeline; au_tf.InputError")


def test_the_main_job_needs_no_tensorflow():
    job = "import au_tf; from skimage import data; au_tf.Face.from_photo(data.astronaut()).express(AU12=5).photo"
    assert not {"tensorflow", "keras", "networkx", "matplotlib", "sklearn"} & imported_by(job)


def test_every_name_of_the_stub_is_there():
    tree = ast.parse(Path(au_tf.__file__).with_suffix(".pyi").read_text())
    named = {a.name: n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names}
    assert sorted(named) == sorted(au_tf.__all__) and set(named) <= set(dir(au_tf))
    for name, module in named.items():
        assert getattr(au_tf, name) is getattr(import_module(f"au_tf.{module}"), name)
        assert getattr(au_tf, name).__doc__
