"""The tabs of a run's page, one module each: the context that its template needs."""
