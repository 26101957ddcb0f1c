"""Who may come in: the dashboard's password, its second factor, its sessions, and the delays after wrong tries."""
