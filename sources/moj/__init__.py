"""Ministry of Justice statistics on gov.uk."""
