"""Tests of src.flow."""
