"""How things stand: everything that can be known by reading the log, and only that.

Folds take events in and give values out. They hold no clock, no randomness and do no I/O; the one exception is
`store`, which keeps rows of finished folds on disk so that a start need not read all history. Delete that file and
the same rows come back from the log.

The fold of a run (`run_graph`) is the only one there is: decisions, the wire, the command line and audits all read the
same value, so what an auditor sees is what the daemon decided on.

Folds are updated in place, because a copy of a graph with ten thousand nodes for each of its events would make every
event cost what the graph holds. Whoever calls `evolve` owns the graph; the values inside it (attempts, firings) are
frozen and shared freely, which is what lets a resumed run take over the nodes of the run before without copying them.
"""
