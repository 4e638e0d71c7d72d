"""Pages of the tickets, one module a topic."""
