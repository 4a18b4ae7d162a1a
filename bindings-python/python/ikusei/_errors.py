"""What ikusei raises."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ikusei._records import Diagnostic


class IkuseiError(Exception):
    """Whatever ikusei refuses.

    >>> from ikusei import Playbook
    >>> try:
    ...     _ = Playbook.parse("ikusei: 1")
    ... except IkuseiError as error:
    ...     print(error.code, error.diagnostics[0].message)
    IK0104 missing key `name`
    """

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
    """The playbook was refused.

    >>> from ikusei import Playbook
    >>> try:
    ...     _ = Playbook.parse("ikusei: 1\\nname: demo\\nfeilds: {}")
    ... except PlaybookError as error:
    ...     print(error.code, error.diagnostics[0].line, error.diagnostics[0].help)
    IK0102 3 did you mean `fields`?
    """


class LeadError(IkuseiError, ValueError):
    """The lead record was refused.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
    >>> try:
    ...     _ = engine.assess({"id": "l", "fields": {"employees": "many"}}, "2026-05-01T00:00:00Z")
    ... except LeadError as error:
    ...     print(error.code, error.diagnostics[0].path)
    IK0402 /fields/employees
    """


class CallError(IkuseiError, ValueError):
    """The call itself was wrong: arguments that it does not take, a name that the playbook does not have.

    >>> from ikusei import Playbook
    >>> engine = Playbook.load("examples/quickstart/playbook.yaml").compile()
    >>> try:
    ...     _ = engine.assess({"id": "lead-1"}, "yesterday")
    ... except CallError as error:
    ...     print(error.code)
    IK0601
    """


class EvaluationError(IkuseiError, ArithmeticError):
    """Playbook and lead are fine, and the figures cannot be held.

    >>> from ikusei import Playbook
    >>> rules = [{"id": f"r{index}", "points": 4_000_000_000} for index in range(3)]
    >>> cards = {"overall": {"rules": rules, "ranks": [{"rank": "A"}]}}
    >>> engine = Playbook.parse({"ikusei": 1, "name": "demo", "scorecards": cards}).compile()
    >>> try:
    ...     _ = engine.assess({"id": "lead-1"}, "2026-05-01T00:00:00Z")
    ... except EvaluationError as error:
    ...     print(error.code)
    IK0501
    """


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
