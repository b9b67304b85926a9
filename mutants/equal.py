"""Survivors that change no verdict, each with the reason; anything else is a missing test."""

from collections.abc import Mapping

EQUAL: Mapping[tuple[str, str, str], str] = {}
"""By module, line before and line after."""
