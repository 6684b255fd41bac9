"""What a crawl does: reads its targets and finds tables in them.

A crawl is a process of its own, `python -m daemon.crawling`, because reading many files takes long and pyarrow takes
more memory than the whole daemon. The daemon imports `findings.py` from here and nothing else; a house test holds
that. The process changes nothing: it writes down what it found, and the daemon decides what that means for the
catalog once the crawl has ended. So a crawl that is killed and begun anew does no harm.
"""
