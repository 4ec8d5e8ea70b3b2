"""How a process of untuned ends, for scripts and supervisors."""

from __future__ import annotations

DONE = 0
"""It did what it was to do; a worker: a signal stopped it."""

SHORT = 1
"""It fell short; a worker: Kafka, a topic or the schema registry was missing at its start. Trying again may help."""

USAGE = 2
"""The call, the settings or a definition are wrong. Trying again does not help."""

BROKEN = 70
"""A worker broke, or hung and was ended by its watchdog. Start it again: nothing is lost."""
