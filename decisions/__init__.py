"""What the strategy decides from: views in, actions out."""
