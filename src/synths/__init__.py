"""Synthesizers: functions from parameters to sound."""
