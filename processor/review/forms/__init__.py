"""A task's contract as a form, and a posted form as an answer; pure.

contract.shape + answer + violations -> Field tree -> HTML (web)
posted names and texts + contract.shape -> answer as JSON as a model gives it
"""
