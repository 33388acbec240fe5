"""The citizen portal: a municipality's "min side"."""
