"""Files of events, line by line, checked before anything is sent."""
