"""Causes of failures, by experiment and not by guess: each failed case is replayed with what it may have lacked.

    failed outcomes -> what might have helped (oracle, constraint) -> replays -> one cause a case -> shares, changes

`records` holds the values, `attribute` says which replays mean which cause, `examine.causes` runs it all.
"""
