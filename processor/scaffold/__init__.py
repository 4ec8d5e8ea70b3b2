"""New projects and tasks: files/ holds what they begin with, a small real example for each kind of work."""
