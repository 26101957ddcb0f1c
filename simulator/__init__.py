"""The practice exchange: apart from the bot, speaking Binance USDⓈ-M Futures' HTTP and WebSocket."""
