"""Audits: programs over a log that is only read, with a daemon beside them or without one.

They use the same folds and the same hashes as the daemon, and run in a process of their own: never inside the daemon's
loop, so that no audit, however long, is felt by anybody. Nothing here writes.
"""
