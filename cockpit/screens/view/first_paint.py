"""What is known of a run before anything heavy is imported: enough for the first paint."""

from msgspec import Struct


class FirstPaint(Struct, frozen=True):
    """Service, versions ("2.4.0 → 2.5.0"), environment (production, staging, rehearsal), run."""

    service: str = ""
    versions: str = ""
    environment: str = "production"
    run: str = ""
    control: str = ""
