"""Boots the house: settings, addresses, the supervisor of processes and the command line."""
