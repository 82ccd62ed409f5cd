"""Other packages' calls, so that a script is ported by its import line."""
