"""Embeddable B2B lead management: scoring, A/B/C ranks and segments, explained and deterministic."""

from ikusei._assessment import Assessment
from ikusei._errors import CallError, EvaluationError, IkuseiError, LeadError, PlaybookError
from ikusei._face import Engine, Lead, LeadLike, Playbook
from ikusei._ikusei import __version__
from ikusei._records import (
    Diagnostic,
    EntryActivity,
    LedgerEntry,
    Members,
    Membership,
    RankDecision,
    ScoreSheet,
    Span,
)

__all__ = [
    "Assessment",
    "CallError",
    "Diagnostic",
    "Engine",
    "EntryActivity",
    "EvaluationError",
    "IkuseiError",
    "Lead",
    "LeadError",
    "LeadLike",
    "LedgerEntry",
    "Members",
    "Membership",
    "Playbook",
    "PlaybookError",
    "RankDecision",
    "ScoreSheet",
    "Span",
    "__version__",
]
