"""What `untuned replay` sends through again: which events, and as which messages."""
