"""What the verbs show: rows, outcomes, lags, times, intervals; safe for a terminal."""
