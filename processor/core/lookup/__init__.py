"""What is asked of the knowledge base for an event, and who may see what it gives."""
