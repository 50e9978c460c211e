"""What people get to read: the summary, report.json, and the row files."""
