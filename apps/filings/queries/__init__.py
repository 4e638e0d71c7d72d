"""Reads of the filings: checks before writing, the board, exports."""
