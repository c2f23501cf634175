"""Reference implementation of audio synthesizer inversion with flow matching."""
