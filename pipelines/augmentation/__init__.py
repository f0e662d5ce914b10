"""Parts of the augmentation pipeline: whom it starts from, how it draws, and how it writes."""
