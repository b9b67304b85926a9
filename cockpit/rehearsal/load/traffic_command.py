"""How the background traffic is started: Locust, headless, with nothing read from outside."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

USERS = 20
_LOCUSTFILE = Path(__file__).with_name("locustfile.py")


def command(target_url: str) -> list[str]:
    """Give the argv of a Locust that asks `target_url` until it is ended."""
    return [
        sys.executable, "-P", "-m", "locust",
        "-f", str(_LOCUSTFILE), "-H", target_url,
        "--headless", "--only-summary", "--loglevel", "ERROR",
        "-u", str(USERS), "-r", str(USERS), "--exit-code-on-error", "0",
    ]  # fmt: skip


def environment(jwt_secret: str, rate_per_s: float) -> Mapping[str, str]:
    """Give the whole environment of that Locust; settings from the operator's own are left out."""
    kept = {k: v for k, v in os.environ.items() if not k.upper().startswith("LOCUST_")}
    return {**kept, "JWT_SECRET": jwt_secret, "REHEARSAL_RATE": f"{rate_per_s:g}"}
