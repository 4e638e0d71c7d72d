"""Demonstration tickets: the forty sample requests, brought through every branch by real actions."""

from apps.tickets.demo.crowding import SIZES
from apps.tickets.demo.seeding import play_samples, seed

__all__ = ["SIZES", "play_samples", "seed"]
