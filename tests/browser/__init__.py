"""Walks through the portal in a real Chromium, against everything that `make run` starts."""
