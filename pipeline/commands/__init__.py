"""One module a command: its options and its words. What is heavy is imported when the command runs."""
