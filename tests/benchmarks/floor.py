import sys
import polars as pl
export,out,how=sys.argv[1:]
MAPPED=["Record ID","First Name","Last Name","Phone Number","Mobile Phone Number","Country/Region","City","Postal Code","Preferred Language","Customer No","Last Purchase","VIP"]
if how=="eager": pl.read_csv(export,infer_schema=False).select(MAPPED).write_ndjson(out)
elif how=="lazy": pl.scan_csv(export,infer_schema=False).select(MAPPED).sink_ndjson(out)
elif how=="all": pl.scan_csv(export,infer_schema=False).select(MAPPED).sink_ndjson(out,optimizations=pl.QueryOptFlags(projection_pushdown=False))
