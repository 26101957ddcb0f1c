"""What a person sees: one file per page, drawn from what services.py answers."""
