"""Benchmarks: what reglue costs, beside the floor of the same machine in the same minute (`make bench`).

Absolute times move from machine to machine, so every measure is given as a ratio to a floor too: what the disk, the
kernel and the libraries below need for the least that must be done. Nothing here is a test and nothing is asserted;
`figures` holds what is measured and aimed at, `__main__` runs it, and each other module measures one family.
"""
