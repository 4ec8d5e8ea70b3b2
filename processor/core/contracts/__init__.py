"""The contract of a task: one Avro schema, and the JSON Schema, the check and the typed answer that derive from it."""
