"""Tasks whose sounds are computed as they are asked for."""
