"""What changes the tallies, the closed months and the reports."""
