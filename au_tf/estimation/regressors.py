"""The linear estimators with scikit-learn's face: `fit`, `predict`, parameters by name, cross-validation."""

from typing import Any, Literal, Self

from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from au_tf.arrays import ArrayLike, Float32
from au_tf.estimation.linear import LinearEstimator
from au_tf.estimation.ordinal_svr import OrdinalSVRConfig, fit_ordinal_svr
from au_tf.estimation.svr import SVRConfig, fit_svr


class _LinearRegressor(RegressorMixin, BaseEstimator):
    """What both have in common; `estimator_` is what was fitted."""

    estimator_: LinearEstimator

    def predict(self, X: ArrayLike) -> Float32:  # noqa: N803
        """Estimates intensities float32[N, 12] in [0, 5] of expression coefficients float[N, E].

        Raises:
          InputError: for another number of coefficients than it was fitted to.
        """
        check_is_fitted(self)
        return self.estimator_.predict(X)


class SVRegressor(_LinearRegressor):
    """Support vector regression of Action Units on expression coefficients, as `svr.fit_svr`.

    cross_val_score(SVRegressor(), coefficients, intensities, groups=person, cv=GroupKFold(5))
    """

    def __init__(
        self,
        cost: float = SVRConfig.cost,
        tolerance: float = SVRConfig.tolerance,
        loss: Literal["absolute", "squared"] = SVRConfig.loss,
        seed: int = SVRConfig.seed,
    ) -> None:
        """Takes the settings of `SVRConfig`."""
        self.cost = cost
        self.tolerance = tolerance
        self.loss = loss
        self.seed = seed

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:  # noqa: N803
        """Fits it.

        Args:
          X: float[N, E], expression coefficients in standard deviations.
          y: [N, 12], intensities in [0, 5].

        Raises:
          InputError: as `fit_svr`.
        """
        self.estimator_ = fit_svr(X, y, SVRConfig(**self.get_params()))
        self.n_features_in_ = len(self.estimator_.weights)
        return self


class OrdinalSVRegressor(_LinearRegressor):
    """Ordinal support vector regression, which also learns from the order of a person's frames, as `fit_ordinal_svr`.

    Cross-validation hands over who it is: `cross_validate(..., params={"person": person, "time": time})`.
    """

    def __init__(
        self,
        regression_weight: float = OrdinalSVRConfig.regression_weight,
        ordinal_weight: float = OrdinalSVRConfig.ordinal_weight,
        tolerance: float = OrdinalSVRConfig.tolerance,
        margin: float = OrdinalSVRConfig.margin,
        pairs: Literal["levels", "apex"] = OrdinalSVRConfig.pairs,
        per_frame: int = OrdinalSVRConfig.per_frame,
        reach: int = OrdinalSVRConfig.reach,
        seed: int = OrdinalSVRConfig.seed,
    ) -> None:
        """Takes the settings of `OrdinalSVRConfig`."""
        self.regression_weight = regression_weight
        self.ordinal_weight = ordinal_weight
        self.tolerance = tolerance
        self.margin = margin
        self.pairs = pairs
        self.per_frame = per_frame
        self.reach = reach
        self.seed = seed

    def fit(self, X: ArrayLike, y: ArrayLike, person: ArrayLike, time: ArrayLike) -> Self:  # noqa: N803
        """Fits it.

        Args:
          X: float[N, E], expression coefficients in standard deviations.
          y: [N, 12], intensities in [0, 5].
          person: int[N], who it is.
          time: int[N], number of the frame within the person's recording.

        Raises:
          InputError: as `fit_ordinal_svr`.
        """
        settings: dict[str, Any] = self.get_params()
        self.estimator_ = fit_ordinal_svr(X, y, person, time, OrdinalSVRConfig(**settings))
        self.n_features_in_ = len(self.estimator_.weights)
        return self
