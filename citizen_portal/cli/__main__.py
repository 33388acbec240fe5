"""`python -m citizen_portal.cli`."""

from citizen_portal.cli import main

main()
