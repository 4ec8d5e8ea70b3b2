"""The formats of knowledge documents, one a module: bytes and their path -> pieces."""
