"""A face as a textured mesh, for other programs."""
