"""ikusei: behaviour rules by `assess_table`. forms: log (in order of time) | sorted (by lead)"""
from b_common import *
a=args(threads=1,reps=3,variant="str",form="log")
import polars as pl,ikusei
from ikusei_rules import B
engine=ikusei.Playbook.parse(B).compile()
ev=pl.read_parquet(f"{HERE}/data/events_10m.parquet").with_columns(pl.col("ts").dt.replace_time_zone("UTC")).rechunk()
if a.variant=="cat": ev=ev.with_columns(pl.col("type").cast(pl.Enum(ev["type"].unique().sort())),pl.col("url").cast(pl.Enum(ev["url"].drop_nulls().unique().sort())))
if a.form=="sorted": ev=ev.sort("lead_id",maintain_order=True).rechunk()
leads=pl.DataFrame({"id":ev["lead_id"].unique().sort()})
run=lambda:engine.assess_table(leads,ev,at=CFG["as_of"],figures="total",ranks=False,threads=a.threads,activity_columns={"kind":"type","at":"ts"})
rec,out=bench(run,a.reps,len(ev))
o=out.to_polars()
import numpy as np
ref=np.load(REF); of=dict(zip(ref["ids"],ref["score"]))
got=o["s.total"].to_numpy(); want=np.array([of.get(i,0.0) for i in o["id"].to_numpy()])
d=float(np.abs(got-want).max()); assert d<2e-4,d
emit("B",f"ikusei {ikusei.__version__} ({a.variant}, {a.form})",a.threads,rec,maxdiff=d,scope=f"{len(o)} leads")
