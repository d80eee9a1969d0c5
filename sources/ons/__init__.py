"""Office for National Statistics: the census, and lookups of small areas to wards."""
