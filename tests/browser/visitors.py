"""Those who look at a dashboard: at a desk or on a phone, with things moving on their screen or not."""

import os
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext

ALL_JOURNEYS = bool(os.environ.get("ALL_JOURNEYS"))
PHONE_BELOW = 600  # pixels
Motion = Literal["no-preference", "reduce"]
# While a page comes, Streamlit keeps its placeholders moving. Drawn without a graphics card, that costs a test as much
# as all the rest of the page, and the more, the less of the processor there is. Those who look at everything see it.
MOTION: Motion = "no-preference" if ALL_JOURNEYS else "reduce"


def new_visitor(browser: Browser, width: int = 1440, *, motion: Motion = MOTION, **wishes: Any) -> BrowserContext:
    """Return somebody with no history: no cookies, nothing loaded before.

    Args:
        browser: what they look with.
        width: of their window, pixels; a narrow one is a phone's, with touch.
        motion: whether they want things to move on their screen.
        wishes: options of Playwright's new_context() beside these, or in their place.
    """
    phone = width < PHONE_BELOW
    options: dict[str, Any] = {
        "viewport": {"width": width, "height": 844 if phone else 900},
        "has_touch": phone,
        "is_mobile": phone,
        "locale": "en-GB",
        "reduced_motion": motion,
    }
    return browser.new_context(**(options | wishes))
