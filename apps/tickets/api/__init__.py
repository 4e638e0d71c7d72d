"""The API of the tickets: the same table, the same scope, the same checks as the pages."""
