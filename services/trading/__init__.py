"""Instructions, previews, presets, market figures."""
