"""What nobody finishes in time goes to the deputy, then to the manager."""
