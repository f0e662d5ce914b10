"""What is compiled lies in the cache: beside the package it would stay when that is uninstalled."""

import gc
import os
import subprocess
import sys
from pathlib import Path

import numba
import pytest

from au_tf.rendering.native import compiling

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
    before = compiling._folder_of.__wrapped__(str(source))
    before.mkdir()
    assert compiling._folder_of.__wrapped__(str(source)) == before and before.exists()
    source.write_text("a = 2\n")
    assert compiling._folder_of.__wrapped__(str(source)) != before and not before.exists()


KERNELS = """
import numpy as np
from au_tf.rendering.native.compiling import compiled, compiled_within


@compiled_within
def nth(row, n):
    return row[n]


@compiled
def first_two(row):
    return nth(row, 0) + nth(row, 1)


@compiled
def third(row):
    return nth(row, 2)


row = np.arange(1.0, 5.0, dtype=np.float32)
"""
"""A function within two others."""


def test_a_function_within_others_is_compiled_once(tmp_path):
    """Whatever constants it is called with, and by whom, in this process and in a later one."""
    environment = os.environ | {"AU_TF_CACHE": str(tmp_path), "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    (tmp_path / "own.py").write_text(KERNELS)
    for names, compilations in (("first_two",), 1), (("first_two", "third"), 0):
        calls = "".join(f"print({name}(row))\n" for name in names)
        code = f"from own import *\n{calls}print(sum(nth.stats.cache_misses.values()))"
        told = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        *values, missed = told.stdout.split()
        assert [float(value) for value in values] == [3.0, 3.0][: len(names)]
        assert int(missed) == compilations


@pytest.mark.parametrize("collecting", [True, False])
def test_python_looks_for_garbage_after_compiling_as_before(collecting, monkeypatch):
    seen = []
    monkeypatch.setattr(numba.core.dispatcher.Dispatcher, "compile", lambda *given: seen.append(gc.isenabled()))
    function = compiling.compiled(lambda number: number)
    before = gc.isenabled()
    (gc.enable if collecting else gc.disable)()
    try:
        function.compile("void(int64)")
        assert seen == [False] and gc.isenabled() == collecting
    finally:
        (gc.enable if before else gc.disable)()
