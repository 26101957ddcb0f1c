"""Keys, venues and the practice account."""
