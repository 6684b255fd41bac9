"""A log in one file: what `reglue audit export` writes and `reglue audit import` reads.

A file holds events byte for byte, so that their chains and the seals over them prove them wherever it is read. It is
written and read as a stream, in JSON Lines or as Parquet; `content` says what both have in common.
"""
