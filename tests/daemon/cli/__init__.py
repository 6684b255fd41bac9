"""Tests of the command line: what it prints, how it ends, and that it starts without the daemon's own side."""
