"""The effects, in order: adopt a plan, submit its batches."""
