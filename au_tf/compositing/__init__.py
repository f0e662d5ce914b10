"""An expression put into a photo."""
