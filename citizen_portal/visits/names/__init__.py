"""The names of employees who visit: kept only where the municipality and the care recipient both say so."""
