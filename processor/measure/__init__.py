"""The ladder measured: what each rung is worth on labelled cases, why cases fail, and whether to fine-tune.

    cases -> scored walks through the worker's own pipeline, a rung at a time -> figures -> causes -> verdict -> report

`records` and `figures` hold the plain values that go from one to the next.
"""
