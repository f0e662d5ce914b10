"""A person's own skin: what a photo shows of it, on the map of the face, freed of light and completed."""
