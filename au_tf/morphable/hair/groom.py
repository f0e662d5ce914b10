"""Strands of hair as they grow on the built-in head."""

from dataclasses import dataclass

from au_tf.arrays import Float32, Int32


@dataclass(frozen=True, eq=False)
class Groom:
    """S strands with N points in all."""

    points: Float32
    """float32[N, 3], mm, strand by strand from root to tip."""
    strand: Int32
    """int32[N], which strand each belongs to."""
    along: Float32
    """float32[N], 0 at the root to 1 at the tip."""
    half: Float32
    """float32[N], mm, half the width."""
    shade: Float32
    """float32[N], how light each is, 1 where light comes from everywhere."""
    out: Float32
    """float32[N, 3], unit vectors out of the mass of hair."""
    roots: Int32
    """int32[S, 3], vertices of the built-in head about each root."""
    shares: Float32
    """float32[S, 3], of them, adding up to 1."""
    loose: Float32
    """float32[N] in [0, 1], how far what is far from its root may follow what it lies upon instead."""
    cover: Float32
    """float32[V], how densely the skin of the built-in head is covered, in [0, 1]."""
    shadow: Float32
    """float32[V], how much light the hair takes from the skin, in [0, 1]."""
    thin: bool
    """Whether strands are single hairs, which what is behind them shines past."""
