"""Open311 GeoReport v2: a server over the governance desk, and a client that pulls from and pushes to another one."""
