"""Where everything is kept: tables, connections, lease, migrations, the embedded server."""
