"""The archive of data.police.uk: crimes, outcomes and searches, a record each."""
