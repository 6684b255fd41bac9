"""Moves old runs out of the log: which ones may go, the file that they go into, what their jobs wrote, and the room
that is left.

The file is written and read back before anything is let go, so whatever ends an archive leaves every event in the log
or in a file that is whole, and the next one goes on from there.
"""
