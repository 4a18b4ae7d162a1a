"""Embeddable B2B lead management: scoring, A/B/C ranks and segments, explained and deterministic."""

from ikusei._ikusei import __version__

__all__ = ["__version__"]
