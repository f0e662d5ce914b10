"""Action Units read off dense landmarks."""
