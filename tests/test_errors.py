"""Errors between processes."""

import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor

import pytest

from au_tf.errors import AuTfError, InputError
from au_tf.pictures.images import read_image
from au_tf.serving.client import ServerError

EXAMPLES = {InputError: ("a.jpg", "face", 3, "one"), ServerError: ("http://a", "busy", True)}


def kinds(base):
    return {base, *(kind for child in base.__subclasses__() for kind in kinds(child))}


def test_every_error_survives_pickling():
    for kind in (kind for kind in kinds(AuTfError) if kind.__module__.startswith("au_tf")):
        error = kind(*EXAMPLES.get(kind, ("told",)))
        error.add_note("noted")
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is kind and str(again) == str(error) and vars(again) == vars(error)


def test_a_missing_photo_in_a_worker_is_told_to_the_parent(tmp_path):
    # A pool whose result cannot be unpickled breaks, and gives another error.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        with pytest.raises(InputError) as caught:
            pool.submit(read_image, tmp_path / "none.png").result(60)
        assert caught.value.source == str(tmp_path / "none.png") and caught.value.expected == "a picture"
        assert pool.submit(abs, -1).result(60) == 1
