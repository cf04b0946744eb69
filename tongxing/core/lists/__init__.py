"""What a list of persons is written in: its headings, its encoding, its separator. Tools without tables."""
