"""What happened: the facts of reglue, their stored form, and the log that keeps them.

Three kinds of thing live in this room and nothing else: the small values that facts are made of
(`vocabulary`), the facts themselves (`design` for definitions, `runs` for workflow runs), and their way to
the disk and back (`catalogue` for the stored names, `ledger` for the store). Everything but `ledger` is pure:
no clock, no randomness, no I/O. The room imports nothing of ours, because a fact must stay readable when every rule
about it has changed.

The names and fields of events are a **storage format**. Renaming a field here is a migration: add a new version of the
event to the catalogue and an upcast from the old one, and leave the old sample in `tests/recorded` as it is.
"""
