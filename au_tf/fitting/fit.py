"""A face in a photo as coefficients of the morphable model."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, solve_triangular

from au_tf.arrays import Float32, Pixels
from au_tf.blas import one_blas_thread
from au_tf.fitting.detect.detected_face import DetectedFace
from au_tf.fitting.detect.detection import LandmarkReader, detect_faces, select_face
from au_tf.fitting.refine.appearance import Lit
from au_tf.fitting.refine.face_surface import FaceSurface
from au_tf.fitting.refine.landmark_fit import place_by_landmarks
from au_tf.fitting.refine.landmark_term import LandmarkTerm, robust
from au_tf.fitting.refine.optimize import Refinement, refine
from au_tf.fitting.regress.initial_pose import look_at, surface_for
from au_tf.fitting.regress.regressor import Regressor
from au_tf.fitting.reliability import doubt, reliability
from au_tf.geometry.camera import Camera
from au_tf.morphable import Coefficients, MorphableModel

MAX_LANDMARK_ERROR = 0.1
"""Largest mean distance of projected from detected landmarks, a share of that of the outer eye corners, of a fit that
counts as one; good ones have 0.02."""
MIN_EXPLAINED = 0.3
"""Least share of the visible skin whose colour such a fit explains."""


@dataclass(frozen=True, eq=False, repr=False)
class Fit:
    """The model fitted to a face in a photo."""

    coefficients: Coefficients
    """Shape, albedo, pose and light, of one face without batch axes."""
    camera: Camera
    """The camera assumed to have taken the photo."""
    landmarks: Float32
    """float32[68, 2], as detected, (column, row) in pixels."""
    projected: Float32
    """float32[68, 2], where the fitted model has them; those of the jaw (0 to 16) lie on its outline."""
    landmark_error: float
    """Mean distance of the landmarks inside the photo, all that were found, from where the fitted model has them, over
    the distance of the outer eye corners."""
    photometric_error: float
    """Robust root mean square difference of the visible skin, sRGB in [0, 1]; nan if none is visible."""
    confidence: float
    """In [0, 1]: `Reliability.confidence` of the detection, times the mean weight of the landmarks; 0 of numbers that
    are not finite."""
    covered: tuple[str, ...]
    """Parts of the face that something is in front of, as `Reliability` has them."""
    uncertainty: Float32
    """float32[E], the standard deviation of each expression coefficient, of what pixels, landmarks and priors leave
    open (Laplace's approximation), grown with the error that is expected of the landmarks: it counts each by itself,
    and they err together."""
    face: DetectedFace
    """The detection."""
    reason: str
    """Why the fit cannot be relied on; empty if it can."""

    def __repr__(self) -> str:
        told = "ok" if self.ok else self.reason
        return f"Fit({told}, confidence {self.confidence:.2f}, landmarks off by {self.landmark_error:.1%} of the eyes)"

    @property
    def ok(self) -> bool:
        """Whether the fit can be relied on."""
        return not self.reason


def fit_photo(
    image: Pixels,
    model: MorphableModel,
    face: int = 0,
    source: object = "photo",
    regressor: Regressor | None = None,
    reader: LandmarkReader | None = None,
) -> Fit:
    """Detects a face and fits the model to its landmarks and pixels.

    Args:
      image: uint8[H, W, 3], sRGB.
      model: the face model.
      face: which face, 0 being the largest.
      source: what the photo is called in errors.
      regressor: from whose answer the fit starts; without one it starts from the landmarks.
      reader: who finds faces and landmarks; None is MediaPipe's network that ships with au_tf.

    Returns:
      the fit, of a camera with the usual lens; `Fit.reason` tells if it failed.

    Raises:
      InputError: if there is no such face, or it is cut by the border.
    """
    found, camera = select_face(detect_faces(image, reader), face, source), Camera.default(*image.shape[:2])
    return fit_face(image, surface_for(model, regressor), found, camera)


def fit_face(image: Pixels, surface: FaceSurface, found: DetectedFace, camera: Camera) -> Fit:
    """Fits a surface to a face that has been detected in a picture uint8[H, W, 3], sRGB, of a known camera."""
    term = LandmarkTerm.of_face(found, surface.marks, camera, image.shape)
    return summary(surface, term, begin(image, surface, term, found), found)


def begin(image: Pixels, surface: FaceSurface, term: LandmarkTerm, face: DetectedFace) -> Refinement:
    """Fits a face of which nothing is known, from what the surface's regressor says of it, or its landmarks alone."""
    # Matrices this small gain nothing from threads, which on a busy machine wait for each other for seconds.
    with one_blas_thread():
        if surface.regressor is None:
            return refine(image, surface, term, place_by_landmarks(term)[0])
        prior = look_at(image, face.landmarks.astype(np.float64), term.camera, surface.regressor)
        return refine(image, surface, term, prior.middle, prior)


def summary(surface: FaceSurface, term: LandmarkTerm, fitted: Refinement, face: DetectedFace) -> Fit:
    """What a refinement of a detected face comes to, on the surface and by the landmarks that it was made with."""
    placed, sparse = fitted.lit.placed, LandmarkTerm.of(face.landmarks, surface.marks, term.camera)
    projected, judged = sparse.see(placed, sparse.outline(placed)).places, reliability(face)
    _, weight = robust(term.residual(placed, fitted.chosen))
    distance = np.linalg.norm(term.see(placed, fitted.chosen).places - term.landmarks, axis=-1)
    error = float(distance[term.seen].mean()) / face.eye_distance
    return Fit(
        coefficients=_coefficients(surface, fitted.lit),
        camera=term.camera,
        landmarks=face.landmarks,
        projected=projected.astype(np.float32),
        landmark_error=error,
        photometric_error=fitted.error,
        confidence=judged.confidence * float(weight[term.seen].mean()) if np.isfinite(error) else 0.0,
        covered=judged.covered,
        uncertainty=_uncertainty(surface, fitted, doubt(face.scatter)),
        face=face,
        reason=_reason(error, fitted) or judged.reason,
    )


def _uncertainty(surface: FaceSurface, fitted: Refinement, grown: float) -> Float32:
    identities = 0 if surface.person else surface.identities
    shape = slice(6 + identities, 6 + len(fitted.lit.placed.shape))
    if not np.isfinite(fitted.normal).all():
        return np.full(shape.stop - shape.start, np.nan, np.float32)
    with one_blas_thread():
        root, _ = cho_factor(fitted.normal)
        # Of the inverse only this part of the diagonal is asked for: squared lengths of columns of the root's inverse.
        columns = solve_triangular(root, np.eye(len(root))[:, shape], trans="T")
    return (grown * np.linalg.norm(columns, axis=0)).astype(np.float32)


def _coefficients(surface: FaceSurface, lit: Lit) -> Coefficients:
    return Coefficients(
        **surface.coefficients(lit.placed.shape, lit.albedo),
        rotation=lit.placed.turn.as_rotvec().astype(np.float32),
        translation=lit.placed.shift.astype(np.float32),
        lighting=lit.lighting.astype(np.float32),
    )


def _reason(landmark_error: float, fitted: Refinement) -> str:
    if not np.isfinite(landmark_error + np.abs(fitted.lit.lighting).sum()):
        return "the fit comes to no finite numbers"
    if landmark_error > MAX_LANDMARK_ERROR:
        return f"landmarks {landmark_error:.0%} of the distance of the eyes off, more than {MAX_LANDMARK_ERROR:.0%}"
    if fitted.explained < MIN_EXPLAINED:
        return f"{fitted.explained:.0%} of the skin explained, less than {MIN_EXPLAINED:.0%}"
    return ""
