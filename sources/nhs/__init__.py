"""NHS and public-health statistics."""
