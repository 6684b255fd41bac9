"""The command `reglue`, also as `python -m daemon`."""

import sys

from daemon.cli.app import run


def main() -> int:
    """Carry out what was typed; the exit codes are listed in `reglue --help`."""
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
