"""From a parameter table to sounds: patches drawn, rendered in processes of their own, analysed."""
