"""What we ask the citizen for while her application is handled (oppgave): asked, answered, withdrawn, reminded of."""
