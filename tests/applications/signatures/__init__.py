"""Signatures of somebody besides the applicant."""
