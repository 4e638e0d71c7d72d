"""Reads of the tickets."""
