"""The fault suite: real Kafka, real worker processes, scripted faults, and a checker that trusts none of them.

    python -m tests.faults --list
    python -m tests.faults kill9 model-down

`stage.py` holds what all cases share (the broker, the ways to it), `scene.py` what one case has (topics, workers, the
model, the feeder), `checker.py` reads the topics afterwards, `cases/` are the faults.
"""
