"""A face with any expression: from a photo or coefficients to pictures, meshes and films of it."""
