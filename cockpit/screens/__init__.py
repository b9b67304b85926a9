"""The screens: the bridge and the pages behind its keys. The only room that knows Textual."""

import os

# Textual reads it once, at import. At its default of 60 frames a second the state would appear up
# to 16 ms after the key. The commands that a run starts must not inherit it, so it is unset again.
_OURS = "TEXTUAL_FPS" not in os.environ
os.environ.setdefault("TEXTUAL_FPS", "240")

import textual.constants  # noqa: E402, F401

if _OURS:
    del os.environ["TEXTUAL_FPS"]
