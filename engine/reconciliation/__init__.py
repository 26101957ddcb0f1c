"""Makes the rows agree with what the exchange says."""
