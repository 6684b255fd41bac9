"""One module for each subcommand of `reglue`; `daemon/cli/app.py` lists them and loads one when it is called.

Each module's `command` is the click command. Its function returns the exit code, or None for 0.
"""
