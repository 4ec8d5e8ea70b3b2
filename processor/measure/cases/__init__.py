"""Labelled cases: read from files or from the project's topics, sifted, and sampled.

    files.read | topics.read -> Found -> gather.gather -> Gathered(cases, exclusions, sampling)

`values` holds what goes from one to the next. See docs/cases.md.
"""

from processor.measure.cases.values import Found, Gathered, Traffic, VersionSeen

__all__ = ["Found", "Gathered", "Traffic", "VersionSeen"]
