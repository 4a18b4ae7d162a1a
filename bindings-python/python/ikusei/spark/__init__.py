"""Apache Spark: tables of leads and activities, assessed on the workers by the same engine, to the bit.

Needs Spark 4 (``pyspark``), and on driver and workers the same version of ikusei and ``pyarrow``; `assess_streams` needs
``pandas`` too. The engine travels with the task as its playbook, and is compiled there. `docs/spark.md` says what goes where,
and what it costs.
"""

from ikusei.spark._routing import route
from ikusei.spark._streams import assess_streams
from ikusei.spark._tables import assess, segments

__all__ = ["assess", "assess_streams", "route", "segments"]
