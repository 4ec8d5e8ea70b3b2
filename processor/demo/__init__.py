"""The whole way of an event shown on this machine, and held to account: `untuned demo`."""
