"""Speed measurements, each a command line."""
