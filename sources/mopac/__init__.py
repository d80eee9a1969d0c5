"""Mayor's Office for Policing and Crime files on the London Datastore."""
