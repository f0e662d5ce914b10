"""Pictures to practise on: people rendered from a face model, as photos might show them, all coefficients known."""
