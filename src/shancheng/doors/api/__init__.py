"""The JSON API: read the request, ask the desk, shape the answer."""
