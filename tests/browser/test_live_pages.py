"""What only a browser can show: rows that stay while their numbers change, keys, focus, and the phone's layout."""

from decimal import Decimal

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Contexts
from tests.browser.seeing import open_sample_trade, press_open
from tests.browser.serving import Served

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def with_position(served: Served, contexts: Contexts) -> Served:
    """Give the server with the sample trade open."""
    page = contexts().new_page()
    page.goto(served.url)
    open_sample_trade(page)
    page.close()
    return served


@pytest.fixture
def positions(with_position: Served, shared_desk: Page) -> Page:
    """Give Positions at a desk, with its row, on a page that the tests share."""
    if not shared_desk.url.startswith(with_position.url):
        shared_desk.goto(with_position.url)
    expect(shared_desk.locator(".position").first).to_be_visible()
    return shared_desk


def test_row_lives_on_while_its_numbers_change(with_position: Served, positions: Page) -> None:
    row = positions.locator(".position").first
    before = row.locator(".result .first").text_content()
    row.evaluate("row => { row.mark = 'the same element'; }")

    with_position.set_price("BTCUSDT", with_position.mark_price("BTCUSDT") + Decimal(40))

    expect(row.locator(".result .first")).not_to_have_text(before or "")
    assert row.evaluate("row => row.mark") == "the same element"


def test_focus_and_scroll_stay_through_updates(positions: Page) -> None:
    row = positions.locator(".position").first
    row.focus()
    positions.wait_for_timeout(2500)  # two updates of the live part

    assert row.evaluate("row => row === document.activeElement")


def test_position_is_chosen_and_left_with_the_keyboard(positions: Page) -> None:
    row = positions.locator(".position").first
    row.focus()
    positions.keyboard.press("Enter")
    expect(positions.locator(".panel .facts dt")).to_have_text(["Target", "Stop", "Entry", "Liquidation", "Size"])
    expect(row).to_have_attribute("aria-selected", "true")
    expect(positions.locator(".panel canvas").first).to_be_visible()

    positions.keyboard.press("Escape")

    expect(positions.locator(".panel")).to_have_count(0)
    expect(row).to_have_attribute("aria-selected", "false")


def test_menu_of_the_header_is_opened_and_left_with_the_keyboard(positions: Page) -> None:
    more, facts = positions.get_by_role("button", name="More about the bot"), positions.locator(".status .facts dt")
    more.focus()
    positions.keyboard.press("Enter")
    expect(facts).to_have_text(["Prices", "Last check", "Requests", "Clock", "Orders"])

    positions.wait_for_timeout(1500)  # an update of the live part
    expect(facts.first).to_be_visible()
    positions.keyboard.press("Escape")

    expect(facts.first).to_be_hidden()
    expect(more).to_be_focused()


WALK = """
() => {
  const on = document.activeElement;
  if (on.contains(document.querySelector("[data-testid=stMainBlockContainer]"))) return ["", true];
  const rings = ({ outlineStyle, outlineWidth, boxShadow }) =>
    (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
  const around = [on, on.parentElement]; // of a select box, the ring is around its field
  const shown = around.map((one) => getComputedStyle(one)).some(rings);
  const name = on.getAttribute("aria-label") ?? on.labels?.[0]?.textContent ?? on.textContent;
  return [(name ?? "").trim(), shown];
}
"""


def walked(page: Page, steps: int) -> list[tuple[str, bool]]:
    """Return what the Tab key leads to, in order: its name, and whether it shows that it has the focus."""
    places = []
    for _ in range(steps):
        page.keyboard.press("Tab")
        name, shown = page.evaluate(WALK)
        places.append((str(name), bool(shown)))
    return places


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("", ["New trade", "Practice", "More about the bot", "Stop new trades", "Result, USDT", "BTC/USDT LONG 20×"]),
        (
            "new_trade",
            ["Careful", "Pair", "Margin (your money), USDT", "Leverage", "Take profit, USDT", "Open SHORT BTC/USDT"],
        ),
    ],
)
def test_everything_is_reached_with_the_tab_key_and_shows_it(
    with_position: Served, desk: Page, path: str, wanted: list[str]
) -> None:
    desk.goto(f"{with_position.url}/{path}")
    expect(desk.locator(".st-key-trade_verdict canvas" if path else ".position").first).to_be_visible()
    if path:
        desk.get_by_text("Short: earns if it falls").click()
        expect(desk.get_by_role("button", name="Open SHORT BTC/USDT")).to_be_enabled()
        desk.evaluate("document.activeElement.blur()")

    places = walked(desk, 60)

    found = [next((place for place, (name, _) in enumerate(places) if want in name), None) for want in wanted]
    assert None not in found, (wanted, found, places)
    assert [name for name, shown in places if name and not shown] == []


def test_chart_keeps_its_canvas_while_prices_move(positions: Page) -> None:
    positions.locator(".position").first.click()
    canvas = positions.locator(".panel canvas").first
    expect(canvas).to_be_visible()
    canvas.evaluate("canvas => { canvas.mark = 'the same element'; }")

    positions.wait_for_timeout(2500)  # two updates of the live part

    assert canvas.evaluate("canvas => canvas.mark") == "the same element"


def test_phone_shows_cards_and_tabs_and_no_sideways_scroll(with_position: Served, phone: Page) -> None:
    phone.goto(with_position.url)
    expect(phone.locator(".position").first).to_be_visible()

    expect(phone.locator(".st-key-links_tabs a")).to_have_count(5)
    expect(phone.locator(".positions .head")).to_be_hidden()
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_phone_panel_takes_the_page_and_leads_back(with_position: Served, phone: Page) -> None:
    phone.goto(with_position.url)
    phone.locator(".position").first.click()
    expect(phone.locator(".panel")).to_be_visible()
    expect(phone.locator(".position").first).to_be_hidden()

    phone.get_by_role("button", name="Back to all positions").click()

    expect(phone.locator(".position").first).to_be_visible()


def test_figures_are_tabular_and_fonts_come_from_here(with_position: Served, desk: Page) -> None:
    asked: list[str] = []
    desk.on("request", lambda request: asked.append(request.url))

    desk.goto(with_position.url)
    expect(desk.locator(".position").first).to_be_visible()

    style = desk.locator(".position .result .first").evaluate(
        "cell => [getComputedStyle(cell).fontVariantNumeric, getComputedStyle(cell).fontFamily]"
    )
    assert style[0] == "tabular-nums"
    assert "Inter" in style[1]
    assert [url for url in asked if not url.startswith((with_position.url, "data:", "blob:"))] == []


def test_trade_is_opened_from_the_form_and_shown(with_position: Served, desk: Page) -> None:
    desk.goto(f"{with_position.url}/new_trade")
    desk.get_by_text("Short: earns if it falls").click()
    expect(desk.get_by_role("button", name="Open SHORT BTC/USDT")).to_be_enabled()

    press_open(desk, "Open SHORT BTC/USDT")

    expect(desk.locator(".position", has_text="SHORT 20×")).to_be_visible()


def test_sort_is_the_viewers_and_stays(positions: Page) -> None:
    rows = positions.locator(".position")
    expect(rows).to_have_count(2)
    sides = positions.locator(".position .pair .second span:first-child")
    opened = sides.all_text_contents()
    head = positions.locator(".positions .head .open")

    head.get_by_role("button").click()  # longest open first, which is as opened
    head.get_by_role("button").click()  # shortest first

    expect(head).to_have_attribute("aria-sort", "ascending")
    positions.wait_for_timeout(2500)  # two updates of the live part
    assert sides.all_text_contents() == opened[::-1]


# Stands for the browser's own notifications, allowed and asked for: what it would show is kept.
_NOTICES = """
localStorage.setItem("notices", "on");
window.shown = [];
window.Notification = class { constructor(title, { body }) { window.shown.push(body); } };
window.Notification.permission = "granted";
"""


def test_activity_follows_and_leaves_opened_details_open(with_position: Served, desk: Page) -> None:
    desk.add_init_script(_NOTICES)
    desk.goto(f"{with_position.url}/activity")
    first = desk.locator(".journal .entry").filter(has=desk.get_by_role("button", name="Details")).first
    expect(first).to_be_visible()
    text = first.locator("div").inner_text()
    first.get_by_role("button", name="Details").click()
    opened = desk.locator(".journal .entry", has_text=text).filter(has=desk.locator("dl:not([hidden])"))
    expect(opened).to_have_count(1)
    opened.evaluate("entry => { entry.mark = 'the same element'; }")

    with_position.set_price("BTCUSDT", with_position.trigger_price("BTCUSDT", "STOP_MARKET"))

    expect(desk.locator(".journal .entry").first).to_contain_text("Closed by stop-loss")
    desk.wait_for_function("() => window.shown.some((words) => words.includes('Closed by stop-loss'))")
    expect(opened).to_have_count(1)
    assert opened.evaluate("entry => entry.mark") == "the same element"


def tab_to(page: Page, wanted: Locator) -> None:
    """Press the Tab key until something has the focus."""
    expect(wanted).to_be_visible()
    for _ in range(80):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the Tab key does not lead to {wanted}")


def test_a_whole_trade_is_made_by_keyboard_alone(with_position: Served, desk: Page) -> None:
    desk.goto(with_position.url)
    expect(desk.locator(".position").first).to_be_visible()
    dialog, keys = desk.get_by_role("dialog"), desk.keyboard
    keys.press("?")
    expect(dialog.get_by_role("term")).to_contain_text(["n", "/", "Esc"])
    keys.press("Escape")
    expect(dialog).to_have_count(0)

    keys.press("n")
    tab_to(desk, desk.get_by_role("combobox", name="Pair"))
    keys.type("XRP/")
    expect(desk.get_by_role("option")).to_have_text(["XRP/USDT"])
    keys.press("ArrowDown")
    keys.press("Enter")
    tab_to(desk, desk.get_by_role("textbox", name="Stop loss, USDT"))
    keys.press("ControlOrMeta+a")
    keys.type("9")
    expect(desk.get_by_role("button", name="Open LONG XRP/USDT")).to_be_enabled()
    expect(desk.get_by_text("You risk 9.00")).to_be_visible()
    tab_to(desk, desk.get_by_role("button", name="Open LONG XRP/USDT"))
    keys.press("Enter")
    row = desk.locator(".position", has_text="XRP/USDT")
    expect(row).to_contain_text("Protected")

    tab_to(desk, desk.get_by_role("button", name="Pair", exact=True))
    tab_to(desk, desk.locator(".position[tabindex='0']"))
    while not row.evaluate("one => one === document.activeElement"):
        keys.press("ArrowDown")
    if row.get_attribute("aria-selected") != "true":
        keys.press("Enter")
    expect(row).to_have_attribute("aria-selected", "true")
    close = desk.locator(".st-key-panel_close button")
    tab_to(desk, close)
    keys.press("Enter")
    expect(dialog).to_contain_text("Close now?")
    keys.press("Escape")
    expect(dialog).to_have_count(0)
    expect(close).to_be_focused()
    keys.press("Enter")
    tab_to(desk, dialog.get_by_role("button", name="Close now"))
    keys.press("Enter")

    expect(row).to_have_count(0)
