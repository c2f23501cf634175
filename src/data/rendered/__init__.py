"""Tasks whose sounds a synthesizer has rendered to files."""
