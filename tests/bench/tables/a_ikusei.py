"""ikusei: all 40 rules by `assess_table`. variants: str | cat (low-cardinality columns encoded outside the timing)"""
from common import *
a=args(n="1m",threads=1,reps=5,variant="str")
import numpy as np,polars as pl,ikusei
TYPES={"employees":"integer","visits_30d":"integer","revenue_myen":"number","open_rate":"number","has_phone":"boolean","opted_out":"boolean","last_contact":"date"}
def text(v): return json.dumps(v,ensure_ascii=False)
def when(r):
    f,op,v=r["field"],r["op"],r["value"]
    # `source` alone is where the lead came from.
    if f=="source": f="lead.source"
    if f=="last_contact" and v: v=f'date("{v}")'
    elif v is not None and op!="range": v=text(v)
    if op=="eq": return f"{f} == {v}"
    if op=="in": return f"{f} in {v}"
    # SQL's three-valued logic: what is empty is not "not in" either.
    if op=="not_in": return f"{f} != null && !({f} in {v})"
    if op=="is_null": return f"{f} == null"
    if op=="contains": return f"{f}.contains({v})"
    if op=="starts_with": return f"{f}.startsWith({v})"
    if op=="ends_with": return f"{f}.endsWith({v})"
    if op=="regex": return f"{f}.matches({v})"
    if op=="gte": return f"{f} >= {v}"
    if op=="lt": return f"{f} < {v}"
    if op=="range": return f"{f} >= {v[0]} && {f} < {v[1]}"
    if op=="is_true": return f
    raise ValueError(op)
fields={r["field"]:{"type":TYPES.get(r["field"],"text")} for r in RULES}
playbook={"ikusei":1,"name":"a","fields":fields,"scorecards":{"s":{"rules":[{"id":r["id"],"when":when(r),"points":r["points"]} for r in RULES],"ranks":[{"rank":"A","at_least":A_MIN},{"rank":"B","at_least":B_MIN},{"rank":"C"}]}}}
engine=ikusei.Playbook.parse(playbook).compile()
df=pl.read_parquet(f"{HERE}/data/leads_{a.n}.parquet").rechunk()
if a.variant=="cat": df=df.with_columns([pl.col(c).cast(pl.Enum(df[c].drop_nulls().unique().sort())) for c in("prefecture","industry","source","job_title")])
rec,out=bench(lambda:engine.assess_table(df,at="2026-07-01T00:00:00Z",id="lead_id",threads=a.threads),a.reps,len(df))
o=out.to_polars()
pos=o["s.fit_plus"].to_numpy(); neg=o["s.fit_minus"].to_numpy(); rank=o["s.rank"].cast(pl.String).replace_strict({"A":0,"B":1,"C":2}).to_numpy()
emit("A",f"ikusei {ikusei.__version__} ({a.variant})",a.threads,rec,digest=digest_a(pos,neg,rank),scope=a.n)
