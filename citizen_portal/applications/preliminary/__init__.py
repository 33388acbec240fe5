"""The preliminary reply of forvaltningsloven § 11 a: drafted by us, sent by a caseworker."""
