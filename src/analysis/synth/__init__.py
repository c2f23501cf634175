"""Tables and figures of rendered data sets: methods that programme a real synthesizer."""
