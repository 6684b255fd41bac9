"""One short function per operation of Glue's API, by noun: parse the members, send a command or read, render.

`table.py` is the literal list of what is served. A read is a plain function, so that it cannot wait between reading
and rendering; a write is a coroutine that answers once its events are on the disk.
"""
