"""Applications that came by phone or on paper."""
