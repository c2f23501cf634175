"""Tests of src.metrics."""
