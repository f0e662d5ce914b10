"""The fit of a face model to landmarks and pixels."""
