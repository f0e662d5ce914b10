"""As `native.normals`, in TensorFlow ops."""

import tensorflow as tf
from tensorflow_graphics.geometry.representation.mesh import normals as mesh_normals

from au_tf.arrays import ArrayLike, Tensor


def vertex_normals(vertices: ArrayLike | Tensor, triangles: ArrayLike | Tensor) -> Tensor:
    """Unit normals at the vertices, the mean of the adjacent triangles' weighted by area.

    Args:
      vertices: float32[..., V, 3].
      triangles: int32[T, 3], counter-clockwise seen from outside.

    Returns:
      float32[..., V, 3], pointing out; 0 at a vertex of no triangle.
    """
    vertices, triangles = tf.convert_to_tensor(vertices), tf.convert_to_tensor(triangles, tf.int32)
    flat = tf.reshape(vertices, tf.concat([[-1], tf.shape(vertices)[-2:]], 0))
    return tf.reshape(normals_of(flat, triangles, incidence(triangles, tf.shape(flat)[1])), tf.shape(vertices))


def normals_of(vertices: Tensor, triangles: Tensor, incidence: tf.SparseTensor) -> Tensor:
    """`vertex_normals` of meshes float32[B, V, 3] whose `incidence` is known."""
    # tensorflow-graphics calls (b - a) x (c - a) clockwise.
    faces = mesh_normals.face_normals(tf.gather(vertices, triangles, axis=1), clockwise=True, normalize=False)
    rows = tf.reshape(tf.transpose(faces, [1, 0, 2]), [tf.shape(triangles)[0], -1])
    sums = tf.reshape(tf.sparse.sparse_dense_matmul(incidence, rows), [tf.shape(vertices)[1], -1, 3])
    return tf.nn.l2_normalize(tf.transpose(sums, [1, 0, 2]), axis=-1, epsilon=1e-20)


def incidence(triangles: Tensor, vertices: int | Tensor) -> tf.SparseTensor:
    """The sparse matrix [V, T] that is 1 where a vertex is a corner of a triangle."""
    count = tf.shape(triangles, tf.int64)[0]
    faces = tf.broadcast_to(tf.range(count)[:, tf.newaxis], [count, 3])
    places = tf.stack([tf.cast(tf.reshape(triangles, [-1]), tf.int64), tf.reshape(faces, [-1])])
    return tf.SparseTensor(tf.transpose(places), tf.ones([3 * count]), tf.stack([tf.cast(vertices, tf.int64), count]))
