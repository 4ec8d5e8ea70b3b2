"""The statistics of a measurement: pure functions over counts and plain sequences, on scipy and numpy.

Each says in its docstring where it comes from, what it assumes and what it answers where the data settle nothing: an
interval of (0, 1), an `Estimate` without a value and with its reason, or None; never a number that means nothing.
"""
