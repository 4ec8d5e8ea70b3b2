"""The page of one item: laid out for one reviewer, its answer as a form, and what they decide on it."""
