"""The running state of activities: leads assessed with it are what they are with the whole history."""

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import ikusei
import polars
import pyarrow
import pytest
from test_tables import ACTIVITIES, AT, engine, leads

# The fixtures are asked for by name.
__all__ = ["engine", "leads"]


def test_a_running_state_says_what_the_history_says(engine: ikusei.Engine, leads: pyarrow.Table) -> None:
    frames: list[Callable[[pyarrow.Table], Any]] = [lambda table: table, polars.DataFrame, lambda table: table.to_pandas()]
    log = pyarrow.Table.from_pylist(ACTIVITIES)
    parts = [log.slice(start, 50) for start in (150, 0, 50, 100)]
    for frame in frames:
        state = None
        for number, part in enumerate(parts):
            at = datetime(2026, 4 + number, 1, tzinfo=timezone.utc)
            state = engine.activity_state(frame(part), state, at=at)
            assert isinstance(state, ikusei.ActivityState)
            history = pyarrow.concat_tables(parts[: number + 1])
            for then in (at, datetime(2026, 12, 1, tzinfo=timezone.utc)):
                known, whole = (engine.assess_table(leads, table, at=then, ledger="full") for table in (state, history))
                assert known.to_pyarrow() == whole.to_pyarrow()
        assert state is not None
        report = state.report
        assert report.rows == report.kept + report.ignored + report.expired + report.replaced + report.repeated
        assert report.kept == len(state) < 60
        assert report.expired > 0 and report.ignored > 0 and report.bad_rows == 0
        assert state.columns == ["lead_id", "id", "kind", "at", "url"]
        assert repr(state).startswith("<ActivityState of ")


def test_a_running_state_is_a_table_like_others(engine: ikusei.Engine, leads: pyarrow.Table) -> None:
    frame = polars.DataFrame(ACTIVITIES)
    state = engine.activity_state(frame.head(120), at=AT)
    again = engine.activity_state(state.to_pandas(), at=AT)
    assert again.to_pyarrow() == state.to_pyarrow()
    together = polars.concat([state.to_polars(), frame.tail(80)], how="diagonal_relaxed")
    whole = engine.assess_table(leads, frame, at=AT).to_pyarrow()
    assert engine.assess_table(leads, together, at=AT).to_pyarrow() == whole
    # What is there twice counts once.
    twice = engine.activity_state(frame, state, at=AT)
    assert twice.report.repeated > 0
    assert engine.assess_table(leads, twice, at=AT).to_pyarrow() == whole
    with pytest.raises(ikusei.CallError):
        engine.activity_state(frame, at=AT, scorecards=["none"])
    with pytest.raises(TypeError, match="new should be a table"):
        engine.activity_state([], at=AT)  # type: ignore[arg-type]
    with pytest.raises(ikusei.LeadError) as refused:
        engine.activity_state(frame.with_columns(kind=polars.lit("seminar")), state, at=AT)
    assert refused.value.code == "IK0403"
