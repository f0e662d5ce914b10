"""Hair as strands that grow on the built-in head and are worn by the people of any face model."""
