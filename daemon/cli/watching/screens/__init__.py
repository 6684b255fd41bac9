"""What is drawn, by textual: the only part of reglue that knows it (extra `tui`).

Screens look at the board ten times a second at most and draw what is in view; they change nothing in it.
"""
