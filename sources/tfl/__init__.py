"""Transport for London files on the London Datastore."""
