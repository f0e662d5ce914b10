"""What is compiled lies in the cache: beside the package it would stay when that is uninstalled."""

import os
import subprocess
import sys
from pathlib import Path

from au_tf.rendering.native import kernels

PLACE = "from au_tf.rendering.native import kernels; print(kernels.combine._cache.cache_path)"


def test_compiled_functions_lie_in_the_cache(tmp_path):
    # A process that has compiled before the tests set their cache looks elsewhere.
    environment = os.environ | {"AU_TF_CACHE": str(tmp_path), "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    words = [sys.executable, "-P", "-c", PLACE]
    told = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    assert Path(told.stdout.strip()).is_relative_to(tmp_path)


def test_what_earlier_contents_of_a_file_left_is_removed(tmp_path, monkeypatch):
    monkeypatch.setenv("AU_TF_CACHE", str(tmp_path))
    source = tmp_path / "own.py"
    source.write_text("a = 1\n")
    before = kernels._folder_of.__wrapped__(str(source))
    before.mkdir()
    assert kernels._folder_of.__wrapped__(str(source)) == before and before.exists()
    source.write_text("a = 2\n")
    assert kernels._folder_of.__wrapped__(str(source)) != before and not before.exists()
