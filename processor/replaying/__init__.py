"""`untuned replay`: what would be sent through again, and the sending.

A topic is read twice: first all of it, to know what is there and which of it is the newest; then what was chosen, to
send it. So no more is kept than where each event stands.
"""
