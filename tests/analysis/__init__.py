"""Tests of src.analysis."""
