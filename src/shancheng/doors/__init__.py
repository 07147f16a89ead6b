"""How the world comes in; a door reads the request, asks a desk and shapes the answer."""
