"""Which parameters may trade places without being heard, and what follows from it."""
