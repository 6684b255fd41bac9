"""Facts, their stored form, and the log."""
