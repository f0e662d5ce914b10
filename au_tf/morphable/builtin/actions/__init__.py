"""What the built-in face does: how far each action moves each of its points."""
