"""Home Office statistics on the police of England and Wales."""
