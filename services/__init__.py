"""What a person may read and ask for; `services.facade` puts the parts together."""
