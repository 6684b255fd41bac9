"""Executors with real processes: the port's rules for both engines, then what only processes can get wrong."""
