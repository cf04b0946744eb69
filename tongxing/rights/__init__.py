"""Rights: what families ask about their records (copy, correct, restrict, delete, who has seen), what is kept how long.

Words: request, ruling, second word, answer, certificate, class of retention, purge. `retention.yaml` is the policy.
"""
