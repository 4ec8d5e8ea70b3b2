"""Do we need to fine-tune? A number for an answer.

    run + ladder + causes + traffic + assumptions -> situations, gates, ceiling -> answer -> what would flip it

All of it is pure but `inputs`, which reads the assumptions' files and the task folder's history. docs/verdict.md has
the argument and its sources.
"""
