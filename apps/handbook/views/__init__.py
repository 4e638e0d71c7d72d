"""Screens of the handbook."""
