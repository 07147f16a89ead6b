"""The `shancheng` command."""
