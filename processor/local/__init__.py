"""The local stack: a real broker, vector store, model and embeddings on this machine, without Docker."""
