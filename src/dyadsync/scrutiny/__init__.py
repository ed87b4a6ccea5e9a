"""How far to trust it: what stands behind the front rooms, which never import it."""
