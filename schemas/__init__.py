"""The nouns: what a campaign file, a plan, a request and an answer are."""
