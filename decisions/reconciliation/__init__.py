"""What follows from what the exchange said: from a view of the rows to effects, nothing is written here."""
