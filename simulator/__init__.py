"""The practice exchange: a stranger to the bot that speaks Binance USDⓈ-M Futures' HTTP and WebSocket."""
