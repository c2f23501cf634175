"""Tests of src.matching."""
