"""One module for each page, or for the few that are about one thing: what it reads, and what its forms ask for."""
