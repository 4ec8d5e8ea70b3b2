"""Pure: no I/O, no clock, no randomness, no logging, no async. It decides; the adapters act."""
