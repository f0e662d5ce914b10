"""How often and how strongly people show each Action Unit, for simulated people to be held to."""

import numpy as np
from scipy.special import ndtr

from au_tf.arrays import Float64, Int64

FRAMES = 130_788
"""Frames of DISFA (27 people, one camera)."""

FRAMES_WITHOUT_AU = 48_612
"""Those of them in which no Action Unit is coded."""

FRAMES_AT_INTENSITY = np.array(
    [
        (2272, 1749, 2809, 1393, 555),
        (1720, 934, 3505, 836, 369),
        (4661, 7636, 6586, 4328, 1383),
        (1579, 719, 293, 104, 34),
        (9157, 5986, 3599, 601, 141),
        (1659, 2035, 3045, 316, 77),
        (13943, 6869, 7233, 2577, 172),
        (5180, 1618, 1017, 47, 0),
        (6342, 4184, 2281, 112, 11),
        (1591, 1608, 1305, 28, 0),
        (9805, 13935, 15693, 5580, 1039),
        (13443, 7473, 3529, 314, 217),
    ]
)
"""int[12, 5], frames of DISFA at intensity 1..5 of each Action Unit (Mavadati et al. 2013), good to a few per cent."""

CORRELATION = np.array(
    [
        (1.00, 0.95, 0.09, 0.38, 0.08, 0.11, 0.11, 0.12, 0.13, 0.06, 0.12, 0.19),
        (0.95, 1.00, 0.04, 0.38, 0.05, 0.09, 0.09, 0.12, 0.11, 0.05, 0.10, 0.17),
        (0.09, 0.04, 1.00, 0.05, 0.25, 0.52, 0.10, 0.19, 0.15, 0.15, 0.20, 0.15),
        (0.38, 0.38, 0.05, 1.00, 0.00, 0.06, 0.00, 0.02, 0.04, 0.03, 0.05, 0.10),
        (0.08, 0.05, 0.25, 0.00, 1.00, 0.55, 0.71, 0.28, 0.27, 0.35, 0.45, 0.30),
        (0.11, 0.09, 0.52, 0.06, 0.55, 1.00, 0.31, 0.18, 0.16, 0.20, 0.41, 0.31),
        (0.11, 0.09, 0.10, 0.00, 0.71, 0.31, 1.00, 0.06, 0.20, 0.43, 0.46, 0.33),
        (0.12, 0.12, 0.19, 0.02, 0.28, 0.18, 0.06, 1.00, 0.61, 0.24, 0.15, 0.21),
        (0.13, 0.11, 0.15, 0.04, 0.27, 0.16, 0.20, 0.61, 1.00, 0.57, 0.16, 0.27),
        (0.06, 0.05, 0.15, 0.03, 0.35, 0.20, 0.43, 0.24, 0.57, 1.00, 0.25, 0.34),
        (0.12, 0.10, 0.20, 0.05, 0.45, 0.41, 0.46, 0.15, 0.16, 0.25, 1.00, 0.76),
        (0.19, 0.17, 0.15, 0.10, 0.30, 0.31, 0.33, 0.21, 0.27, 0.34, 0.76, 1.00),
    ]
)
"""float[12, 12], correlation of the intensities over 4,261 responses of 33 people (FERGI, MIT licence)."""

# What the latent variables of AU1 and AU2, and of AU25 and AU26, must share so that AU1 comes with 90% of AU2
# and AU25 with 97% of AU26, the co-occurrences of DISFA that the paper names.
_LATENT_AU1_AU2 = 0.978
_LATENT_AU25_AU26 = 0.93
_AU1, _AU2, _AU25, _AU26 = 0, 1, 10, 11


def latent_correlation(brows: float = _LATENT_AU1_AU2, mouth: float = _LATENT_AU25_AU26) -> Float64:
    """Correlation of the normal variables whose thresholds give the intensities.

    Args:
      brows: that of AU1 and AU2.
      mouth: that of AU25 and AU26.

    Returns:
      float64[12, 12]; all but these two pairs are `CORRELATION`'s.
    """
    latent = CORRELATION.copy()
    for i, j, value in ((_AU1, _AU2, brows), (_AU25, _AU26, mouth)):
        latent[i, j] = latent[j, i] = value
    # The nearest matrix without negative eigenvalues, scaled back to a unit diagonal.
    values, vectors = np.linalg.eigh(latent)
    latent = (vectors * np.maximum(values, 0.0)) @ vectors.T
    scale = np.sqrt(np.diag(latent))
    return latent / np.outer(scale, scale)


def sample_intensities(count: int, rng: np.random.Generator) -> Int64:
    """Draws the intensities of frames as people show them.

    Correlated normal variables are cut at the quantiles that give each Action Unit its frequency at each intensity
    (a Gaussian copula).

    Args:
      count: number of frames.
      rng: where the randomness comes from.

    Returns:
      int[count, 12] in 0..5.
    """
    # P(at least 1), P(at least 2), ... of each Action Unit.
    exceed = np.cumsum(FRAMES_AT_INTENSITY[:, ::-1] / FRAMES, axis=1)[:, ::-1]
    latent = rng.multivariate_normal(np.zeros(len(exceed)), latent_correlation(), count, method="eigh")
    return (ndtr(-latent)[:, :, None] < exceed).sum(-1)
