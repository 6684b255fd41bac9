"""Moving old runs out of the log."""
