"""Tools without tables: ids, codes, dates, names in three languages, row policies. Imports nothing of the house."""
