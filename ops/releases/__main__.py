"""`python3 -m ops.releases`."""

import sys

from ops.releases.run import main

if __name__ == "__main__":
    sys.exit(main())
