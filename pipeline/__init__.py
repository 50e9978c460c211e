"""The verbs: from a CRM export to accepted batches. Begin reading in `flow.py`."""
