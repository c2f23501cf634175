"""Tests of src.analysis.figures."""
