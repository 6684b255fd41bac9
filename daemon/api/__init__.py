"""The daemon's HTTP edge: AWS Glue's wire at `POST /`, our own reads under `/v1`, and `/healthz`.

`app.py` takes every request, and is the one place where errors become responses. `wire.py` turns a Glue request into
an action: `service_model.py` and `validation.py` check it against botocore's model of Glue, `actions/` holds one short
function per operation. `render*.py` make Glue's shapes from what stands; `v1.py` makes ours. Nothing here decides
anything or keeps state: an action parses, sends a command to the engine, and renders the answer.
"""
