"""What to do about a command: pure functions from how things stand, and a command, to events.

A decision asks no clock and no randomness (both arrive with the command), reads `Standing` without changing it, and
returns a `Decision`: the events for each stream and the answer for the caller. Nothing to do is no events; not
allowed is an error from `daemon/errors.py`. What follows by itself from the events (a trigger that is ripe now, a run
that is done) is not decided here but in `follow_on`, which the handler runs to a fixed point.
"""
