"""A task's knowledge: documents and labelled examples, from the files of its folder into the vector store."""
