"""Argon2id with the memory of one login bounded (OWASP: 19 MiB, 2 passes, 1 lane)."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class ModestArgon2PasswordHasher(Argon2PasswordHasher):
    """19 MiB a login: eight people logging in at once take 152 MiB, not 800."""

    time_cost = 2
    memory_cost = 19456
    parallelism = 1
