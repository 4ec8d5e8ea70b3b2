"""Figures about decisions: agreement, time, costly rules, accuracy by audits; pure."""
