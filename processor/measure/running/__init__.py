"""Cases sent through the worker's own pipeline, rung by rung.

    cases -> run.measure -> session.Session (pipeline, retrieval, calls with their cache and limits) -> Outcomes

`rungs` makes a task's rungs, `calls` asks models through the cache of `answers` and the limits of `spend`.
"""
