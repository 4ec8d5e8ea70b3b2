"""What a model is asked: templates, budgets, fences, and what its server takes of the API."""
