"""Tests of src.data."""
