"""Shancheng: open software with which a very large city runs itself."""

__version__ = "0.1.0"
