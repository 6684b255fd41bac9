"""Whole walks over real sockets: the daemon as its own process, boto3 and the `aws` command as its clients, real jobs.

Every test drives the daemon as its users do and looks at what they would see. Jobs wait on named pipes, so that tests
decide by signals, not by time, how far a run has come.
"""
