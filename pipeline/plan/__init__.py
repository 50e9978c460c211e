"""The stages that decide: each takes a frame and gives back a frame and findings; nothing is sent here."""
