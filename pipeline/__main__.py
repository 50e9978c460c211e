"""`python -m pipeline` is `campaign`."""

import sys

from pipeline.cli import main

sys.exit(main())
