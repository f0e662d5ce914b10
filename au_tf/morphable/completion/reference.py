"""The built-in head as what other faces are compared with."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from au_tf.arrays import Array, Bool, Float32, Int, Int64
from au_tf.facs import ACTIONS
from au_tf.morphable.builtin.actions.muscles import Muscles
from au_tf.morphable.builtin.assembly import ALBEDOS, SEED, face_mask, normal_components
from au_tf.morphable.builtin.identity import identity_fields, mean_shape
from au_tf.morphable.builtin.landmark_vertices import landmark_vertices
from au_tf.morphable.builtin.mesh import HeadMesh, build_mesh
from au_tf.morphable.builtin.sculpt import smoothstep
from au_tf.morphable.builtin.skin import AMOUNTS, Complexion, Painter, albedo_fields
from au_tf.morphable.completion.surface import vertex_normals
from au_tf.morphable.linear_model import LinearModel
from au_tf.morphable.model import STYLES, Part

MODES = 60


@dataclass(frozen=True)
class ReferenceHead:
    """The built-in head with all that can be carried over to another mesh."""

    mesh: HeadMesh
    """What each vertex is, and where it lies on the head as it is designed."""
    points: Array
    """float[V, 3], mm, of the mean head."""
    normals: Array
    """float[V, 3]."""
    landmarks: Int64
    """int[68]."""
    mask: Array
    """float[V], 1 on the face proper."""
    identity: Float32
    """float32[MODES, V, 3], mm for a standard deviation of each way in which people's faces differ, largest first."""
    albedo: Array
    """float[V, 3], linear RGB, of the average complexion; nostrils are not painted."""
    albedos: Float32
    """float32[ALBEDOS, V, 3], its change for a standard deviation of each way in which people's complexions differ."""
    nostrils: Array
    """float[V], 1 in them."""
    actions: Float32
    """float32[36, V, 3], mm that each action moves the mean at intensity 5."""
    styles: Float32
    """float32[36, STYLES, V, 3], mm by which each style changes that."""

    def shaped(self, identity: Array, rows: slice | Int | Bool = slice(None)) -> Array:
        """Vertices float[V, 3], or some rows of them, of a person with these deviations float[MODES]."""
        return LinearModel(self.points, (self.identity,)).at(rows)(identity)

    @property
    def skin(self) -> Bool:
        """bool[V]."""
        return self.mesh.part == Part.SKIN


def _main_modes(fields: Float32, mask: Array) -> Float32:
    """The MODES directions float32[MODES, V, 3] in which independent fields together move the face most."""
    on_face = fields[:, mask > 0.05].reshape(len(fields), -1)
    energy, vectors = np.linalg.eigh((on_face @ on_face.T).astype(np.float64))
    main = vectors[:, np.argsort(-energy)[:MODES]].T.astype(np.float32)
    return (main @ fields.reshape(len(fields), -1)).reshape(MODES, -1, 3)


@cache
def reference() -> ReferenceHead:
    """Made on the first call, in a few seconds; without principal components, so sooner than the built-in face."""
    mesh = build_mesh()
    keys = [np.random.default_rng(key) for key in np.random.SeedSequence(SEED).spawn(3)]
    mask = face_mask(mesh)
    muscles = Muscles(mesh)
    painter = Painter(mesh, keys[1])
    nostrils, painter.at.nostrils = painter.at.nostrils, np.zeros(len(mesh.points))
    # Past the corners of the mouth, a coarser mesh would draw the line between the lips as feathers.
    painter.at.parting *= smoothstep(26.0, 20.0, painter.at.x)
    albedos = normal_components(albedo_fields(painter).reshape(AMOUNTS, -1), ALBEDOS)
    count = len(ACTIONS)
    plain = muscles.displace(np.eye(count))
    one = np.zeros((count, STYLES, count, STYLES))
    for action, way in np.ndindex(count, STYLES):
        one[action, way, action, way] = 1.0
    styled = muscles.displace(np.repeat(np.eye(count), STYLES, 0), one.reshape(-1, count, STYLES))
    points = mean_shape(mesh).astype(np.float64)
    return ReferenceHead(
        mesh=mesh,
        points=points,
        normals=vertex_normals(points, mesh.triangles),
        landmarks=landmark_vertices(mesh),
        mask=mask,
        identity=_main_modes(identity_fields(mesh, keys[0]), mask),
        albedo=painter.paint(Complexion.of(np.zeros(AMOUNTS))).clip(0.0, 1.0),
        albedos=albedos.reshape(ALBEDOS, -1, 3),
        nostrils=nostrils,
        actions=plain,
        styles=styled.reshape(count, STYLES, -1, 3) - plain[:, None],
    )
