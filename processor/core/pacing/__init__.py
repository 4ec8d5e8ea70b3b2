"""When the next call to a dependency may start. Pure: the time and the jitter are passed in."""
