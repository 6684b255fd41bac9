"""What to do about it: the only room with a clock, sockets, processes and tasks.

A request walks through it in this order: `api` parses it into a command (`commands`), `handling` has a pure function
of `decisions` decide it and `settling` apply all that follows, `journal` puts the unit on the disk, and only then
`dispatch` hands its facts to an executor (`executors`) and the answer goes out. What an executor, the clock
(`deadlines`) or a restart brings comes back as commands through the same door; nothing else appends. `engine` holds
the parts together, `service` is the daemon's life from lock to stop, `wiring` chooses the concrete parts, and `cli`
is the command `reglue`, which talks to a daemon as any client does.
"""
