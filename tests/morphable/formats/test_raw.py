"""What a reader may hand on, and what not."""

from dataclasses import replace

import numpy as np
import pytest

from au_tf.errors import InputError
from au_tf.facs import ACTIONS
from au_tf.morphable.formats.raw import RawFace

V, E = 5, 2


@pytest.fixture
def face() -> RawFace:
    return RawFace(
        name="small",
        mean_shape=np.ones((V, 3), np.float32),
        identity_basis=np.ones((4, V, 3), np.float32),
        expression_basis=np.ones((E, V, 3), np.float32),
        triangles=np.array([[0, 1, 4]], np.int32),
    )


def test_what_a_file_lacks_is_in_order(face: RawFace) -> None:
    face.check("a file")
    replace(
        face,
        mean_albedo=np.ones((V, 3), np.float32),
        albedo_basis=np.ones((0, V, 3), np.float32),
        landmarks=np.full(68, 4, np.int32),
        uv=np.zeros((V, 2), np.float32),
        parts=np.full(V, 3, np.uint8),
        mask=np.ones(V, np.float32),
        actions=np.zeros((len(ACTIONS), E), np.float32),
    ).check("a file")


WRONG = {
    "no vertices": {
        "mean_shape": np.ones((0, 3), np.float32),
        "identity_basis": np.ones((4, 0, 3), np.float32),
        "expression_basis": np.ones((E, 0, 3), np.float32),
        "triangles": np.zeros((0, 3), np.int32),
    },
    "no triangles": {"triangles": np.zeros((0, 3), np.int32)},
    "no expressions": {"expression_basis": np.ones((0, V, 3), np.float32)},
    "no identities": {"identity_basis": np.ones((0, V, 3), np.float32)},
    "double precision": {"mean_shape": np.ones((V, 3))},
    "a point": {"mean_shape": np.float32(1)},
    "another number of vertices": {"mask": np.ones(V + 1, np.float32)},
    "another number of expressions": {"actions": np.ones((len(ACTIONS), E + 1), np.float32)},
    "micrometres": {"mean_shape": np.full((V, 3), -2e5, np.float32)},
    "not a number": {"uv": np.full((V, 2), np.nan, np.float32)},
    "an index past the end": {"landmarks": np.full(68, V, np.int32)},
    "an index below 0": {"triangles": np.array([[0, 1, -1]], np.int32)},
    "no part": {"parts": np.full(V, 4, np.uint8)},
    "glowing": {"mean_albedo": np.full((V, 3), 255, np.float32)},
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_named(face: RawFace, what: str) -> None:
    spoilt = replace(face, **WRONG[what])
    with pytest.raises(InputError) as error:
        spoilt.check("a file")
    assert error.value.source == "a file" and error.value.field in WRONG[what]
