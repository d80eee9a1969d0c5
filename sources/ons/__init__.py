"""Office for National Statistics: the census."""
