"""The executors' room: what really runs a job, behind one protocol.

`port.py` is the protocol that the rest of the daemon codes against. Each engine is a file of its own: `noop.py`
ends every job at once inside the daemon (tests, benchmarks), `process.py` runs jobs as operating system processes
that outlive the daemon. An executor decides nothing about workflows: it is told to start, stop or take up attempts,
and it reports how each of them ended.
"""
