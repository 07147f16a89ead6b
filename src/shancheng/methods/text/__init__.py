"""Short texts and reports of matters: what they are about, which are the same, what many speak of at once."""
