"""Proposing: a look at an export, and what a campaign file for it would say."""
