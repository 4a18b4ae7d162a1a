"""Scores that follow activities: the leads and the log so far, and then a day as it comes, by Structured Streaming.

    python examples/spark/live.py --leads 100000 out/
"""

from __future__ import annotations

import argparse
import shutil
from datetime import timedelta
from pathlib import Path

import ikusei.spark
from nightly import engine, tables
from pyspark.sql import SparkSession, functions
from sample import AT

MINUTE = timedelta(minutes=1)


def run(spark: SparkSession, out: Path, leads: int) -> None:
    """Plays the last day in two parts, each a file that arrives; writes `live/scores`."""
    people, log = tables(spark, out / "sample", leads)
    live = out / "live"
    shutil.rmtree(live, ignore_errors=True)
    midnight = AT - timedelta(days=1)
    marks = [midnight - timedelta(days=365), *(midnight + timedelta(hours=12) * part for part in range(3))]
    people.write.parquet(str(live / "leads"))
    for before, mark in zip(marks, marks[1:], strict=False):
        # What has arrived until then; on a cluster a query like this runs on and on, by `trigger(processingTime=...)`.
        log.where(functions.col("at").between(before, mark - MINUTE)).write.mode("append").parquet(str(live / "activities"))
        scores = ikusei.spark.assess_streams(
            engine(),
            spark.readStream.schema(people.schema).parquet(str(live / "leads")),
            spark.readStream.schema(log.schema).parquet(str(live / "activities")),
            at=mark,
            buckets=8,
            keep=timedelta(days=120),
            figures="total",
        )
        query = scores.writeStream.option("checkpointLocation", str(live / "checkpoint")).trigger(availableNow=True)
        query.start(str(live / "scores"), "parquet").awaitTermination()
        written = spark.read.parquet(str(live / "scores")).where(functions.col("as_of") == mark)
        hot = written.where("`overall.rank` = 'A'").count()
        print(f"{mark:%m-%d %H:%M}: {written.count():,} leads assessed again, {hot:,} of them hot")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("out", type=Path)
    parser.add_argument("--leads", type=int, default=100_000, help="how many (%(default)s)")
    parser.add_argument("--master", default="local[*]", help="the cluster (%(default)s)")
    arguments = parser.parse_args()
    spark = SparkSession.builder.master(arguments.master).appName("live").config("spark.sql.shuffle.partitions", 4).getOrCreate()
    run(spark, arguments.out.resolve(), arguments.leads)
    spark.stop()


if __name__ == "__main__":
    main()
