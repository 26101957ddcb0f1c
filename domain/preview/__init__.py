"""What the form says before anything is sent: amounts, refusals, suggestions."""
