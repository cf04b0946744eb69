"""Backups, restores, the nightly drill: `tongxing backup | restore | drill`, and what the operator's page shows of them."""
