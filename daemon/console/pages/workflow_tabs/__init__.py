"""The tabs of a workflow's page, one module each: the context that its template needs."""
