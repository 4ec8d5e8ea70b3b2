"""A task's rules and contract, tried on its own labelled messages: no server and no model is asked."""
