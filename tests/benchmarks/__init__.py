"""What the portal costs, beside a baseline of the same run: `make bench`. Nothing here is a test with a time limit."""
