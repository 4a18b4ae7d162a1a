"""Peak memory, a case per process: --case leads | activities | stream (--gb of plain batches, made as they are asked for)"""
from common import *
a=args(case="leads",threads=1,gb=5.0,n="1m",events="10m")
import gc,resource,threading
import numpy as np,pyarrow as pa,pyarrow.parquet as pq,ikusei
from ikusei_rules import A,B
MB=1e6
def resident(): return int(open("/proc/self/statm").read().split()[1])*resource.getpagesize()
class Peak:
    """The most that was in memory meanwhile: the kernel itself keeps the peak of all time only."""
    def __enter__(self):
        self.most=resident(); self.done=False; self.thread=threading.Thread(target=self.watch); self.thread.start(); return self
    def watch(self):
        while not self.done: self.most=max(self.most,resident()); time.sleep(.0005)
    def __exit__(self,*_): self.done=True; self.thread.join()
def whole(engine,tables,**options):
    gc.collect(); pa.default_memory_pool().release_unused()
    before=resident(); given=sum(t.nbytes for t in tables)
    with Peak() as peak: found=engine.assess_table(*tables,threads=a.threads,**options)
    out=pa.table(found).nbytes; used=given+peak.most-before
    return dict(input=given/MB,output=out/MB,peak=used/MB,over=used/(given+out)-1)
leads=f"{HERE}/data/leads_{a.n}.parquet"
if a.case=="leads":
    found=whole(ikusei.Playbook.parse(A).compile(),[pq.read_table(leads).combine_chunks()],at="2026-07-01T00:00:00Z",id="lead_id")
elif a.case=="activities":
    log=pq.read_table(f"{HERE}/data/events_10m.parquet"); log=log.set_column(3,"ts",log["ts"].cast(pa.timestamp("us","UTC"))).combine_chunks()
    ids=pa.table({"id":np.unique(log["lead_id"].to_numpy())})
    found=whole(ikusei.Playbook.parse(B).compile(),[ids,log],at=CFG["as_of"],activity_columns={"kind":"type","at":"ts"})
else:
    made=rows=0; rng=np.random.default_rng(1)
    some=next(pq.ParquetFile(leads).iter_batches(65536))
    def batches():
        global made,rows
        while made<a.gb*1e9:
            batch=some.take(pa.array(rng.integers(0,some.num_rows,some.num_rows))); made+=batch.nbytes; rows+=batch.num_rows; yield batch
    bare=resident(); t=time.perf_counter()
    reader=pa.RecordBatchReader.from_batches(some.schema,batches())
    done=sum(len(part) for part in ikusei.Playbook.parse(A).compile().assess_stream(reader,at="2026-07-01T00:00:00Z",id="lead_id",threads=a.threads))
    assert done==rows
    found=dict(input=made/MB,rows=rows,seconds=time.perf_counter()-t,before=bare/MB,peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss*1024/MB)
print("RESULT "+json.dumps(dict(cat="M",peer=f"ikusei {ikusei.__version__}",case=a.case,threads=a.threads,**{k:round(v,3) for k,v in found.items()})),flush=True)
