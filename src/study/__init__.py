"""The study as data: which methods, tasks and metrics there are, and where each result lies.

Rules, commands and analysis read this and nothing repeats it; nothing heavy is imported here.
"""
