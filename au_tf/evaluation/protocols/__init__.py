"""What is measured: the tables and figures of the paper, and beyond them."""
