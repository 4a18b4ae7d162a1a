"""ikusei: all 40 rules by `assess_table`. variants: str | cat (low-cardinality columns encoded outside the timing)"""
from common import *
a=args(n="1m",threads=1,reps=5,variant="str")
import numpy as np,polars as pl,ikusei
from ikusei_rules import A
engine=ikusei.Playbook.parse(A).compile()
df=pl.read_parquet(f"{HERE}/data/leads_{a.n}.parquet").rechunk()
if a.variant=="cat": df=df.with_columns([pl.col(c).cast(pl.Enum(df[c].drop_nulls().unique().sort())) for c in("prefecture","industry","source","job_title")])
rec,out=bench(lambda:engine.assess_table(df,at="2026-07-01T00:00:00Z",id="lead_id",threads=a.threads),a.reps,len(df))
o=out.to_polars()
pos=o["s.fit_plus"].to_numpy(); neg=o["s.fit_minus"].to_numpy(); rank=o["s.rank"].cast(pl.String).replace_strict({"A":0,"B":1,"C":2}).to_numpy()
emit("A",f"ikusei {ikusei.__version__} ({a.variant})",a.threads,rec,digest=digest_a(pos,neg,rank),scope=a.n)
