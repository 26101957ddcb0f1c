"""What a person may read and ask for."""
