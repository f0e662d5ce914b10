"""Where faces are in a picture, and who they are."""
