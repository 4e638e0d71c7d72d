"""Backups: made under load, restored into a scratch database and compared, then counted as good."""
