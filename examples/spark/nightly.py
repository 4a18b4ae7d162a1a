"""A night's job on Spark: every lead assessed, segments and hand-overs written as tables.

    python examples/spark/nightly.py --leads 1000000 out/
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import ikusei
import ikusei.spark
from pyspark.sql import DataFrame, SparkSession, functions

HERE = Path(__file__).resolve().parent
NOTEBOOK = HERE.parent / "notebook"
sys.path.append(str(NOTEBOOK))

from sample import AT, make  # noqa: E402

EAST = ["東京都", "神奈川県", "北海道", "宮城県", "静岡県"]


def engine() -> ikusei.Engine:
    """The notebook's playbook, with routing laid over it."""
    library = {"analyst": (NOTEBOOK / "playbook.yaml").read_text("utf-8")}
    return ikusei.Playbook.load(HERE / "playbook.yaml", library=library).compile()


def tables(spark: SparkSession, folder: Path, leads: int) -> tuple[DataFrame, DataFrame]:
    """The notebook's leads and activities as tables of Spark; made where they are not there."""
    if not (folder / "leads.parquet").exists():
        make(leads).write(folder)
    found = spark.read.parquet(str(folder / "leads.parquet"))
    log = spark.read.parquet(str(folder / "activities.parquet"))
    # What no rule looks at need not be shuffled.
    return found.drop("company", "entered"), log.drop("via")


def run(spark: SparkSession, out: Path, leads: int) -> None:
    """Writes `scores`, `segments` and `handed`, and says what came of it."""
    ikusei_engine = engine()
    people, log = tables(spark, out / "sample", leads)
    write(ikusei.spark.assess(ikusei_engine, people, log, at=AT, ledger=3), out / "scores")
    scores = spark.read.parquet(str(out / "scores"))
    scores.groupBy("`overall.rank`").agg(functions.count("*").alias("leads")).orderBy("`overall.rank`").show()

    write(ikusei.spark.segments(ikusei_engine, people, log, at=AT), out / "segments")
    spark.read.parquet(str(out / "segments")).groupBy("segment").count().orderBy("segment").show()

    rosters = json.loads((HERE / "rosters.json").read_text("utf-8"))
    side = functions.when(functions.col("prefecture").isin(EAST), "east").otherwise("west")
    hot = people.join(scores.where("`overall.rank` = 'A'").select("id"), "id").withColumn("territory", side)
    handed = ikusei.spark.route(ikusei_engine, hot, log, roster=rosters, territory="territory", at=AT)
    write(handed, out / "handed")
    owners = spark.read.parquet(str(out / "handed")).where("lead is not null").withColumn("owner", functions.explode("owners"))
    owners.groupBy("territory", "owner").count().orderBy("territory", "owner").show()


def write(table: DataFrame, folder: Path) -> None:
    table.write.mode("overwrite").parquet(str(folder))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("out", type=Path)
    parser.add_argument("--leads", type=int, default=1_000_000, help="how many (%(default)s)")
    parser.add_argument("--master", default="local[*]", help="the cluster (%(default)s)")
    arguments = parser.parse_args()
    spark = SparkSession.builder.master(arguments.master).appName("nightly").getOrCreate()
    run(spark, arguments.out.resolve(), arguments.leads)
    spark.stop()


if __name__ == "__main__":
    main()
