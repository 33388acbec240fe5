"""How caseworkers share the work: hand over, assign many, note down, and pass on to another unit or another body."""
