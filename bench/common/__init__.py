"""What the benches share: a throw-away house, a generated register, a visitor over HTTP, and how figures are told."""
