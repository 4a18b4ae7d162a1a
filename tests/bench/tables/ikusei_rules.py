"""The rules of A and B as playbooks."""
from common import *
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
A={"ikusei":1,"name":"a","fields":fields,"scorecards":{"s":{"rules":[{"id":r["id"],"when":when(r),"points":r["points"]} for r in RULES],"ranks":[{"rank":"A","at_least":A_MIN},{"rank":"B","at_least":B_MIN},{"rank":"C"}]}}}
def rule(r):
    u=r["url"]; when={} if not u else {"when":f'activity.url.{"contains" if u[0]=="contains" else "startsWith"}("{u[1]}")'}
    return {"id":r["id"],"on":r["type"],**when,"points":r["points"],"cap":r["cap"],"within":f'{r["window_days"]}d',"decay":{"half_life":f'{r["half_life_days"]}d'}}
kinds={r["type"] for r in BEH}|{"email_send","chat","bounce","call","login"}
B={"ikusei":1,"name":"b","activities":{k:{"properties":{"url":"text"}} for k in sorted(kinds)},"scorecards":{"s":{"rules":[rule(r) for r in BEH],"ranks":[{"rank":"C"}]}}}
