"""Pages of programmes at work."""
