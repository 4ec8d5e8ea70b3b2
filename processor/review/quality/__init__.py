"""Figures about the reviewers' work: agreement, time, rules that cost more than they catch, accuracy by audits; pure.

    summary.of(items, task) -> values.Quality

`seen` takes of each item what the figures need, so that items need not be kept: the view may give many thousands.
"""
