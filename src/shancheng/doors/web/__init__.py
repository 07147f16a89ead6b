"""Pages in a browser: for residents, operators and leaders, in Chinese and English, complete without script."""
