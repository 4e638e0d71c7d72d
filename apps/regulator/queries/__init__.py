"""Reads: the comparison itself, and the lists of what it found."""
