"""The product's apps; the layers between them are written in pyproject.toml."""
