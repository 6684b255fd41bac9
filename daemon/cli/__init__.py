"""The command `reglue`: what a person or a script types to run the daemon and to talk to one that runs.

`app.py` holds the group and loads a subcommand's module only when it is called, because start-up must be fast: none
of these modules but `subcommands/serve.py` may import the daemon's own side (botocore, Starlette, uvicorn,
eventsourcing, structlog). Writes go over the Glue wire and reads over `/v1`, both through `client.py`; `documents.py`
are the shapes read. What stands on the screen is made by pure functions: `states.py`, `times.py`, `history_table.py`,
`run_page.py`.
"""
