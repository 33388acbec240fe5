"""Applications: from first thought to receipt, and what staff do with them."""
