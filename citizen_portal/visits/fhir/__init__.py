"""HL7 FHIR R4 (4.0.1) at the door: what care record systems push, read strictly and kept sparsely."""
