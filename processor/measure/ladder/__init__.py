"""The figures of a run: `compute` makes them, `against` holds two versions side by side, `words` says what they mean.

    Run -> compute.ladder -> figures.Ladder -> words, document (JSON)
    Run, Run -> against.against -> versions.Against

All of it is pure.
"""
