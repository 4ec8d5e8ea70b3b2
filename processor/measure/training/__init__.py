"""Labelled cases as training data, split without leaks, read back and checked.

    cases -> chats by the task's own prompt -> split by group or time -> leakage checks -> files and manifest

All of it is pure but `files`, which writes and reads back.
"""
