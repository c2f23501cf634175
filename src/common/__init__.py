"""What every layer may use: whole files, errors that explain themselves, progress."""
