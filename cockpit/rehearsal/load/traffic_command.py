"""The command line and environment of the background traffic: Locust, headless and isolated."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

USERS = 20
_LOCUSTFILE = Path(__file__).with_name("locustfile.py")


def command(target_url: str) -> list[str]:
    """Return the argv of a Locust that sends requests to `target_url` until it is ended."""
    return [
        sys.executable, "-P", "-m", "locust",
        "-f", str(_LOCUSTFILE), "-H", target_url,
        "--headless", "--only-summary", "--loglevel", "ERROR",
        "-u", str(USERS), "-r", str(USERS), "--exit-code-on-error", "0",
    ]  # fmt: skip


def environment(jwt_secret: str, rate_per_s: float) -> Mapping[str, str]:
    """Return Locust's whole environment, without the operator's Locust settings.

    `rate_per_s` is the number of requests a second.
    """
    inherited = {k: v for k, v in os.environ.items() if not k.upper().startswith("LOCUST_")}
    return {**inherited, "JWT_SECRET": jwt_secret, "REHEARSAL_RATE": f"{rate_per_s:g}"}
