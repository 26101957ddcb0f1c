"""The page New trade."""
