"""A terminal cockpit for the most dangerous hour of a release."""

import sys
from typing import cast

# Importing httpx imports its own command line, and with it click and pygments, where those are
# installed: a tenth of what a start takes, for nothing. A name that is None cannot be imported,
# and httpx is ready for that.
cast("dict[str, object]", sys.modules).setdefault("httpx._main", None)
