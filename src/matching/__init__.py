"""From a sound to a preset: candidates of a flow, rendered, ranked and refined."""
