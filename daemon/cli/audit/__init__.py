"""The commands of `reglue audit`: each a module that holds `command`, listed in `daemon/cli/subcommands/audit.py`."""
