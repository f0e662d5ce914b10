"""What is compiled lies in the cache: beside the package it would stay when that is uninstalled."""

from pathlib import Path

from au_tf.files import cache_folder
from au_tf.rendering.native import kernels


def test_compiled_functions_lie_in_the_cache():
    place = Path(kernels.combine._cache.cache_path)
    assert place.is_relative_to(cache_folder()) and not place.is_relative_to(Path(kernels.__file__).parent)


def test_what_earlier_contents_of_a_file_left_is_removed(tmp_path, monkeypatch):
    monkeypatch.setenv("AU_TF_CACHE", str(tmp_path))
    source = tmp_path / "own.py"
    source.write_text("a = 1\n")
    before = kernels._folder_of.__wrapped__(str(source))
    before.mkdir()
    assert kernels._folder_of.__wrapped__(str(source)) == before and before.exists()
    source.write_text("a = 2\n")
    assert kernels._folder_of.__wrapped__(str(source)) != before and not before.exists()
