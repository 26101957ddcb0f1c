"""How far back the exchange can be asked."""

from datetime import timedelta
from typing import Final

# Source: Binance USDⓈ-M Futures documentation, "Account Trade List", "Get Income History", "All Orders": three months;
# the venue itself says "recent 90 days" (-4166).
HISTORY_KEPT: Final = timedelta(days=90)
HISTORY_ASKED_FOR: Final = HISTORY_KEPT - timedelta(hours=1)
