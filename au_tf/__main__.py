"""`python -m au_tf`, the same as `au-tf`."""

import sys

from au_tf.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
