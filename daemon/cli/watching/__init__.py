"""`reglue watch`: a monitor in the terminal that is nothing but a subscriber, and works against any broker.

Messages come in by `subscriber`, are folded into a `Board` by `fold` (no socket, no clock), and are drawn by `screens`
or written line by line by `lines`. What a broker cannot know, such as the graph of a run that ended long ago, is asked
of the daemon over HTTP where it answers, by `daemon_reads`. What is asked of the daemon goes through `orders`.
"""
