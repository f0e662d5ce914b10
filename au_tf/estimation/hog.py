"""Histograms of oriented gradients and a support vector regression an Action Unit, as OpenFace has them (Table 2)."""

from dataclasses import dataclass

import numpy as np
from skimage.feature import hog
from sklearn.decomposition import PCA

from au_tf.arrays import ArrayLike, Float32, Pixels
from au_tf.errors import InputError
from au_tf.estimation.estimator import resampled
from au_tf.estimation.linear import LinearEstimator
from au_tf.estimation.svr import SVRConfig, fit_svr

SIZE = 112
"""Pixels a side of the aligned faces that gradients are taken of, as in OpenFace."""
_CELL, _BLOCK, _ORIENTATIONS = 8, 2, 8
_LUMA = np.array([0.2126, 0.7152, 0.0722])
FEATURES = (SIZE // _CELL - _BLOCK + 1) ** 2 * _BLOCK**2 * _ORIENTATIONS


@dataclass(frozen=True)
class HogConfig:
    """What the paper and OpenFace leave open."""

    kept: float = 0.95
    """Share of the features' variance that the principal components keep; OpenFace's."""
    most: int = 500
    """At most so many components."""
    svr: SVRConfig = SVRConfig(cost=1e-2, loss="squared")  # noqa: RUF009
    """Of each regression."""
    seed: int = 0
    """Of the search for the components."""

    def __post_init__(self) -> None:
        if not 0 < self.kept <= 1 or self.most < 1:
            raise InputError("HOG", "components", f"{self.kept} and {self.most}", "a share and a number, at least 1")


@dataclass(frozen=True, eq=False)
class HogEstimator:
    """Reads intensities off histograms of oriented gradients."""

    mean: Float32
    """float32[F], of the training pictures."""
    components: Float32
    """float32[F, C], columns of unit length."""
    linear: LinearEstimator
    """From components to intensities."""

    def predict(self, features: ArrayLike) -> Float32:
        """Intensities float32[N, 12] in [0, 5] of features float32[N, F]."""
        return self.linear.predict((np.asarray(features, np.float32) - self.mean) @ self.components)

    def estimate(self, pictures: Pixels) -> Float32:
        """Intensities float32[N, 12] in [0, 5] of aligned faces uint8[N, H, H, 3]."""
        return self.predict(hog_features(pictures))


def hog_features(pictures: Pixels) -> Float32:
    """Histograms of oriented gradients (Dalal & Triggs 2005) of aligned faces, at 112 pixels a side.

    Args:
      pictures: uint8[N, H, H, 3], sRGB.

    Returns:
      float32[N, 5408]: 8 orientations of cells of 8 x 8 pixels, normalised over blocks of 2 x 2 cells.
    """
    rows = [
        hog(
            picture @ _LUMA,
            orientations=_ORIENTATIONS,
            pixels_per_cell=(_CELL, _CELL),
            cells_per_block=(_BLOCK, _BLOCK),
            block_norm="L2-Hys",
        )
        for picture in resampled(pictures, SIZE)
    ]
    return np.array(rows, np.float32).reshape(-1, FEATURES)


def fit_hog(features: ArrayLike, intensities: ArrayLike, config: HogConfig = HogConfig()) -> HogEstimator:
    """Fits principal components and a linear support vector regression an Action Unit to them.

    Args:
      features: float32[N, F], as `hog_features`.
      intensities: [N, 12] in [0, 5].
      config: components and regression.

    Returns:
      The estimator.

    Raises:
      InputError: for fewer than two rows, or as `linear.training_table` says.
    """
    x = np.asarray(features, np.float32)
    if x.ndim != 2 or len(x) < 2:
        raise InputError("HOG", "features", f"shape {x.shape}", "[N, F] with at least two rows")
    most = min(config.most, len(x) - 1, x.shape[1])
    pca = PCA(most, svd_solver="randomized", random_state=config.seed).fit(x)
    count = 1 + int(np.searchsorted(np.cumsum(pca.explained_variance_ratio_), config.kept))
    components = np.ascontiguousarray(pca.components_[:count].T)
    mean = pca.mean_.astype(np.float32)
    return HogEstimator(mean, components, fit_svr((x - mean) @ components, intensities, config.svr))
