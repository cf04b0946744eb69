"""Who looked at what: the reader of the trace, unusual look-ups, the sealed log, the draft of a breach report."""
