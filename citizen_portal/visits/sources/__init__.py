"""The systems that push visits: when each was last heard from, how late it is, and what was refused and why."""
