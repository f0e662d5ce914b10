"""What is finer than the mesh of a face model: wrinkles as heights, and marks of the skin, in maps of the face."""
