"""How long a draft lives."""
