"""What reading a card may load: a validate must be quick, and must touch nothing."""

import subprocess
import sys

HEAVY = ("httpx", "asyncpg", "aiohttp", "textual", "rich", "locust", "gevent", "difflib", "sqlite3")
HEAVY += ("httpx_aiohttp", "jwt")
HEAVY += ("dns", "jsonschema_rs", "phonenumbers", "stdnum", "re2")


def test_reading_a_card_loads_nothing_that_only_a_run_needs() -> None:
    code = f"""
import sys
from cockpit.card.packaged import card
card()
print(*(name for name in {HEAVY!r} if name in sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.split() == []
