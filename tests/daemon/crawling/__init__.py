"""The crawl, on real files."""
