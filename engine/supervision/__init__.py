"""Signs in, keeps connected, watches over the loop, says what is wrong."""
