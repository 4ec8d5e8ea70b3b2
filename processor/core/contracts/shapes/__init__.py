"""The types of an answer contract, one class each: what the model is told, what is checked, what Avro gets.

A contract is a tree of shapes. Every shape says three things about the values that it allows: their strict JSON
Schema, the violations of a value, and the typed value that is encoded as Avro.
"""
