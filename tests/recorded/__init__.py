"""A sample of every event ever stored, kept for ever and read back with today's code.

`events.jsonl` holds one sample a line: the stored name, the body byte for byte, and what it must be read as today.
Samples are added, never changed: `events.sha256` holds the digest of each line's name and body. When a class gets new
fields, the `value` of its old samples may change; their names and bodies may not. To add one, append a line to both
(`python -m tests.recorded.samples` prints the digests).
"""
