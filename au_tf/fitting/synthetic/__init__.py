"""Pictures to learn from: people rendered from a face model, as photos might show them, all coefficients known."""
