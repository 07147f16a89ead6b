"""Walking networks: from a street extract and a relief to nodes and edges with the times of every walker."""
