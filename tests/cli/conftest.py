"""Another face model than the built-in one, as a file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from au_tf.morphable import MorphableModel
from au_tf.morphable.builtin import builtin_face


@pytest.fixture(scope="session")
def other() -> MorphableModel:
    """The built-in face with 53 expression coefficients that are mixtures of its own, 40 identities and one skin."""
    own = builtin_face()
    mix = np.linalg.qr(np.random.default_rng(0).normal(size=(53, 53)))[0].astype(np.float32)
    return replace(
        own,
        name="other",
        identity_basis=own.identity_basis[:40],
        expression_basis=np.tensordot(mix, own.expression_basis[:53], 1),
        albedo_basis=own.albedo_basis[:0],
        actions=own.actions[:, :53] @ mix.T,
        styles=own.styles[..., :53] @ mix.T,
    )


@pytest.fixture(scope="session")
def other_file(other, tmp_path_factory) -> Path:
    """`other` as au-tf stores face models, in a folder whose name needs quoting."""
    path = tmp_path_factory.mktemp("face models") / "my other.npz"
    other.save(path)
    return path
