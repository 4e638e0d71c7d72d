"""Opening a stranger's file: what it is, whether it is safe, and its cells as plain values.

``child.open_file`` is the only door. Everything else here runs in a child process with limits
(reliability.md R14) and therefore imports neither Django nor our other apps.
"""
