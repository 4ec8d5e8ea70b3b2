"""What is promised of a message: what is committed, remembered and shared, and when it waits or steps aside."""
