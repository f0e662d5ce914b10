"""A recording like DISFA's of people who do not exist: what coders would write down, and what would be extracted."""
