"""The FAQ at work: what is live, its editions, rehearsing a change, the editors' playground, lessons of every turn."""
