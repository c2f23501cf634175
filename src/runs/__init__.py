"""One training from its configuration to its checkpoint."""
