"""The demo's population and contact registers, served beside its login provider, with the demo's people in them."""
