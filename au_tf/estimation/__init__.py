"""Estimation: faces or coefficients to Action Unit intensities."""
