"""Who may use the review application, and for how long; what was done is in its log."""
