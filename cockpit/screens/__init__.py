"""The screens: the bridge and what lies behind its keys. The only package that knows Textual."""

import os

# Textual reads it once, when it is imported: at its own 60 frames what the journal says would wait
# 16 ms behind the key. It is no business of the commands that a run starts, so it is taken back.
_OURS = "TEXTUAL_FPS" not in os.environ
os.environ.setdefault("TEXTUAL_FPS", "240")

import textual.constants  # noqa: E402, F401

if _OURS:
    del os.environ["TEXTUAL_FPS"]
