"""Metropolitan Police Service and MOPAC files on the London Datastore."""
