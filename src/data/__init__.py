"""Data: counter-based random numbers, the toy tasks and their loaders."""
