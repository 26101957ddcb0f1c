"""Who may come in: the guard in front of every route, the login page, and `python -m access reset`."""
