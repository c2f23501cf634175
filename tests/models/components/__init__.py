"""Tests of src.models.components."""
