"""Run the command line as `python -m cockpit`; `-P` keeps packages of the current folder out."""

import sys

from cockpit.cli import main

sys.exit(main())
