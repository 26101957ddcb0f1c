"""What the engine knows between cycles."""
