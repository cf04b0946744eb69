"""Lists of persons in files: csv, xlsx and parquet become one table of records as `linkage.bulk` reads it."""
