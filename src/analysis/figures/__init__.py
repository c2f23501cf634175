"""Figures as a journal prints them: one module and one command line a figure."""
