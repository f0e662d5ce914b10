"""From pixels to coefficients: detection and landmarks, alignment, and the fit of the morphable model."""
