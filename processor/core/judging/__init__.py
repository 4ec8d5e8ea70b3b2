"""What an answer is worth: found in a text or by a vote, held against contract, rules and thresholds."""
