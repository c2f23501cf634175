"""Tests of src.synths."""
