"""What is told to whoever asked instead of a trace. What may be asked, and when, stays with those who refuse it."""


class ToldError(Exception):
    """The installation, as it stands, does not allow what was asked; the message says why, and what can be done."""
