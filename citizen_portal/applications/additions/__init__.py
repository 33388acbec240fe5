"""What the citizen adds to a sent application without being asked."""
