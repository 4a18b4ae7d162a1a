"""Embeddable B2B lead management: scoring, A/B/C ranks and segments, explained and deterministic."""

from ikusei import analytics
from ikusei._assessment import Assessment
from ikusei._captured import (
    Account,
    Applied,
    Captured,
    CapturedPerson,
    Card,
    CardEntry,
    Cleansed,
    Cleansing,
    Duplicates,
    Evidence,
    Judged,
    Match,
    Permission,
    Reclassified,
    Resemblance,
    ReviewPair,
)
from ikusei._errors import CallError, EvaluationError, IkuseiError, LeadError, PlaybookError
from ikusei._face import Engine, Playbook
from ikusei._ikusei import __version__
from ikusei._lead import Lead, LeadLike
from ikusei._nurturing import Change, Effect, Outcome
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
    "Account",
    "Applied",
    "Assessment",
    "CallError",
    "Captured",
    "CapturedPerson",
    "Card",
    "CardEntry",
    "Change",
    "Cleansed",
    "Cleansing",
    "Diagnostic",
    "Duplicates",
    "Effect",
    "Engine",
    "EntryActivity",
    "EvaluationError",
    "Evidence",
    "IkuseiError",
    "Judged",
    "Lead",
    "LeadError",
    "LeadLike",
    "LedgerEntry",
    "Match",
    "Members",
    "Membership",
    "Outcome",
    "Permission",
    "Playbook",
    "PlaybookError",
    "RankDecision",
    "Reclassified",
    "Resemblance",
    "ReviewPair",
    "ScoreSheet",
    "Span",
    "__version__",
    "analytics",
]
