"""What frames tell together is what fitting them at once would find."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from au_tf.fitting.refine.optimize import CAUTIOUS, Trust
from au_tf.fitting.video.person import Evidence, evidence_of, log_odds

IDENTITIES, EXPRESSIONS, ALBEDOS = 3, 2, 2
SIZE = 6 + IDENTITIES + EXPRESSIONS + ALBEDOS + 27
SHARED = np.r_[6:9, 11:13]
OWN = np.setdiff1d(np.arange(SIZE), SHARED)
PRIOR = np.r_[np.full(6, 1e-9), np.ones(7), np.full(27, 4.0)]
SURFACE = SimpleNamespace(identities=IDENTITIES)


EXPLAINED = Trust(0.01, np.inf)


def frame(rng, shared, trust=EXPLAINED):
    """A linear frame: its design, its data, and the fit to it alone."""
    design = rng.normal(size=(60, SIZE))
    truth = np.zeros(SIZE)
    truth[SHARED], truth[OWN] = shared, rng.normal(size=len(OWN))
    seen = design @ truth + rng.normal(size=60)
    normal = design.T @ design + np.diag(PRIOR)
    found = np.linalg.solve(normal, design.T @ seen)
    placed = SimpleNamespace(shape=found[6:11])
    return (
        design,
        seen,
        SimpleNamespace(lit=SimpleNamespace(placed=placed, albedo=found[11:13]), normal=normal, trust=trust),
    )


def test_several_frames_together():
    rng = np.random.default_rng(0)
    shared = rng.normal(size=5)
    frames = [frame(rng, shared) for _ in range(3)]
    # All at once: what is shared once, what is each frame's own three times.
    columns = 5 + 3 * len(OWN)
    rows, seen = [], []
    for k, (design, values, _) in enumerate(frames):
        row = np.zeros((60, columns))
        row[:, :5], row[:, 5 + k * len(OWN) : 5 + (k + 1) * len(OWN)] = design[:, SHARED], design[:, OWN]
        rows.append(row)
        seen.append(values)
    prior = np.concatenate([PRIOR[SHARED], np.tile(PRIOR[OWN], 3)])
    design, values = np.concatenate(rows), np.concatenate(seen)
    together = np.linalg.solve(design.T @ design + np.diag(prior), design.T @ values)[:5]
    found = evidence_of([fit for _, _, fit in frames], SURFACE).estimate()
    np.testing.assert_allclose(found, together, atol=1e-9)


def test_frames_that_cannot_be_explained_count_for_few():
    rng = np.random.default_rng(1)
    fits = [frame(rng, np.zeros(5), CAUTIOUS)[2] for _ in range(12)]
    total = sum((Evidence.of(fit, SURFACE).precision for fit in fits), np.zeros((5, 5)))
    np.testing.assert_allclose(evidence_of(fits, SURFACE).precision, total / 4)
    np.testing.assert_allclose(
        evidence_of(fits[:2], SURFACE).precision, sum(Evidence.of(f, SURFACE).precision for f in fits[:2])
    )


@pytest.mark.parametrize("same", [True, False])
def test_odds_are_the_ratio_of_the_likelihoods(same):
    rng = np.random.default_rng(2)
    precisions = [np.diag(rng.uniform(5, 50, 5)) for _ in range(2)]
    true = rng.normal(size=(2, 5))
    true[1] = true[0] if same else true[1]
    seen = [t + rng.normal(size=5) / np.sqrt(np.diag(p)) for t, p in zip(true, precisions, strict=True)]
    evidence = [Evidence(p, p @ x) for p, x in zip(precisions, seen, strict=True)]
    noise = np.block(
        [[np.linalg.inv(precisions[0]), np.zeros((5, 5))], [np.zeros((5, 5)), np.linalg.inv(precisions[1])]]
    )
    both = np.concatenate(seen)
    one = multivariate_normal(np.zeros(10), noise + np.kron(np.ones((2, 2)), np.eye(5))).logpdf(both)
    two = multivariate_normal(np.zeros(10), noise + np.eye(10)).logpdf(both)
    assert log_odds(*evidence) == pytest.approx(one - two)
    assert (log_odds(*evidence) > 0) == same
