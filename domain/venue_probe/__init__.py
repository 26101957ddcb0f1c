"""What the exchange's documents leave open, and how it is measured without trading."""
