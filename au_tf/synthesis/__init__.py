"""Synthesis: Action Unit intensities to expression coefficients, with networks trained against each other."""
