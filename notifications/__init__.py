"""Word sent out when something happens: an outbox, channels that a person entered, and the dead man's ping."""
