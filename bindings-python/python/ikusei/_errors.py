"""What ikusei raises."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ikusei._records import Diagnostic


class IkuseiError(Exception):
    """Whatever ikusei refuses."""

    code: str
    """The code of the first diagnostic, such as ``IK0102``."""
    diagnostics: tuple[Diagnostic, ...]
    """Everything that was found, in document order."""

    def __init__(self, message: str, code: str = "", diagnostics: tuple[Mapping[str, Any], ...] = ()) -> None:
        super().__init__(message, code, diagnostics)
        self.code = code
        self.diagnostics = tuple(Diagnostic(dict(diagnostic)) for diagnostic in diagnostics)

    def __str__(self) -> str:
        return str(self.args[0])


class PlaybookError(IkuseiError, ValueError):
    """The playbook was refused."""


class LeadError(IkuseiError, ValueError):
    """The lead record was refused."""


class CallError(IkuseiError, ValueError):
    """The call itself was wrong: arguments that it does not take, a name that the playbook does not have."""


class EvaluationError(IkuseiError, ArithmeticError):
    """Playbook and lead are fine, and the figures cannot be held."""


_KINDS: dict[str, type[IkuseiError]] = {
    "playbook": PlaybookError,
    "lead": LeadError,
    "call": CallError,
    "evaluation": EvaluationError,
}


def error_of(envelope: str) -> IkuseiError:
    """The exception that an error envelope describes."""
    refusal = json.loads(envelope)["error"]
    kind = _KINDS.get(refusal["kind"], IkuseiError)
    return kind(refusal["message"], refusal["code"], tuple(refusal["diagnostics"]))
