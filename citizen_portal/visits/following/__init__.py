"""Who follows whose visits, what each wants to be told and when, and the care recipient's say in it."""
