"""What the city does; no wing imports a wing."""
