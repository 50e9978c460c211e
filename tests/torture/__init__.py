"""Proof by fault: the program is killed and lied to wherever that can happen, and the sandbox counts whom it called."""
