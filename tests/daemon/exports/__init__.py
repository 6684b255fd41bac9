"""Logs written to files and read from them again."""
