"""What people do again and again in these tests, in their words."""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

AXE = Path(__file__).parent / "vendor" / "axe.min.js"  # axe-core 4.10.3, MPL-2.0, unchanged
GRAVE = ("serious", "critical")
OF_COLOURS = ("color-contrast", "link-in-text-block")  # the rules whose outcome another set of colours can change
STILL = "() => document.getAnimations().every((a) => a.playState !== 'running' || a.effect.getTiming().iterations > 99)"


def go_to(page: Page, name: str) -> None:
    """Choose a page of the navigation on top."""
    page.get_by_role("link", name=name, exact=True).click()


def position(page: Page, words: str = "BTC/USDT") -> Locator:
    """Return the row or card of the open position that says these words."""
    return page.locator(".position", has_text=words)


def open_sample_trade(page: Page) -> Locator:
    """Press the sample trade on the empty page and return its row once the bot protects it."""
    sample, row = page.get_by_role("button", name="Open a sample trade"), position(page)
    expect(sample.or_(row).first).to_be_visible()
    if sample.is_visible():
        sample.click()
    expect(row.first).to_contain_text("Protected")
    return row.first


def number_field(page: Page, label: str) -> Locator:
    """Return a field for a number by its label."""
    return page.get_by_role("textbox", name=label, exact=True)


def fill(page: Page, label: str, value: str) -> None:
    """Type a number into a field of the form and leave it."""
    field = number_field(page, label)
    field.fill(value)
    field.press("Enter")


def press_open(page: Page, words: str) -> None:
    """Press the button that opens a trade; once more where the page says that something changed as it was pressed."""
    button, changed = page.get_by_role("button", name=words), page.get_by_text("The numbers changed as you pressed")
    button.click()
    expect(changed.or_(page.locator(".position")).or_(page.get_by_text("Sending…")).first).to_be_visible()
    if changed.is_visible():
        button.click()


def choose(page: Page, label: str, option: str) -> None:
    """Choose an option of a list, scrolled to first: a list that is open closes when the page scrolls."""
    box = page.get_by_role("combobox", name=re.compile(label))
    box.scroll_into_view_if_needed()
    page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    box.click()
    page.get_by_role("option", name=option, exact=True).click()


def usdt(amount: Decimal) -> str:
    """Return an amount as the dashboard writes a result: signed, two decimals, a real minus."""
    cents = amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{cents:+,}".replace(",", "\u202f").replace("-", "\u2212")


def figure(page: Page, label: str) -> Locator:
    """Return the value of a figure in a strip."""
    return page.locator(".figure", has=page.get_by_text(label, exact=True)).locator(".value")


def findings(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """Return what axe-core finds grave on the page, one line each; what fades in is looked at once it has.

    Args:
        page: what is looked at.
        rules: those of axe-core's rules that count; all of them when empty.
    """
    page.wait_for_function(STILL)
    if not page.evaluate("'axe' in window"):
        # Not as an element of the page: its policy allows no scripts but its own.
        page.evaluate(AXE.read_text())
    options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
    found: dict[str, Any] = page.evaluate("(options) => axe.run(document, options)", options)
    return [
        f"{violation['id']} ({violation['impact']}): {node['html'][:160]}"
        for violation in found["violations"]
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]


def hard_to_touch(page: Page) -> list[str]:
    """Return what on show cannot be hit within 44 pixels, or makes a phone zoom in when it is written in.

    Passed over: links within a sentence, and what belongs to something larger that does the same.
    """
    found: list[str] = page.evaluate("""() => {
        const controls = "button, a[href], input, select, textarea, summary, [role=slider]";
        const larger = "label, [role=row], [role=group]:has(> input), tr.opens, .stTextInput";
        const passedOver = "p a, li a, .explained a, .box, #tv-attr-logo, :disabled";
        const missed = [];
        for (const control of document.querySelectorAll(controls)) {
            if (control.matches(passedOver) || !control.checkVisibility()) continue;
            const words = (control.getAttribute("aria-label") || control.textContent || control.className).slice(0, 40);
            const text = control.matches("select, textarea, input:not([type=checkbox], [type=radio])");
            if (text && parseFloat(getComputedStyle(control).fontSize) < 16) missed.push(`${words}: zooms in`);
            const whole = control.closest(larger) ?? control;
            whole.scrollIntoView({ block: "center", behavior: "instant" });
            const { left, top, width, height } = whole.getBoundingClientRect();
            if (width < 2 || height < 2 || left < 0 || left + width > innerWidth) continue;
            const [x, y] = [left + width / 2, top + height / 2];
            const hit = [-21, 21].every((away) => whole.contains(document.elementFromPoint(x, y + away)));
            if (!hit) missed.push(`${control.tagName} ${words}: ${Math.round(width)} x ${Math.round(height)}`);
        }
        return missed;
    }""")
    return found


def cut_or_overrun(page: Page) -> list[str]:
    """Return what in the list of open positions is cut off or reaches into the next column."""
    found: list[str] = page.evaluate("""() => {
        const reaches = (words) => {
            const [cell, own] = [words.closest(".cell").getBoundingClientRect(), words.getBoundingClientRect()];
            return words.scrollWidth > words.clientWidth + 1 || own.right > cell.right + 1 || own.left < cell.left - 1;
        };
        const shown = [...document.querySelectorAll(".positions .cell :is(.first, .second, .end)")];
        return shown.filter((words) => words.checkVisibility() && reaches(words)).map((words) => words.textContent);
    }""")
    return found


def unreadable_icons(page: Page) -> list[str]:
    """Return the icons on show that are drawn as the letters of their names: the font of the pages lacks them."""
    words: list[str] = page.evaluate("""() => {
        const wide = (icon) => {
            const drawn = document.createRange();
            drawn.selectNodeContents(icon);
            return drawn.getBoundingClientRect().width > 1.1 * parseFloat(getComputedStyle(icon).fontSize);
        };
        const icons = [...document.querySelectorAll(".icon, [data-testid=stIconMaterial]")];
        return icons.filter(wide).map((one) => one.textContent);
    }""")
    return words


def fonts_of_streamlit(page: Page) -> list[str]:
    """Return the addresses of Streamlit's own fonts that the page has asked for."""
    addresses: list[str] = page.evaluate(
        "performance.getEntriesByType('resource').map((one) => one.name)"
        ".filter((name) => name.includes('/static/media/'))"
    )
    return addresses


def sideways_scroll(page: Page) -> int:
    """Return by how many pixels the page, or the part of it that scrolls, is wider than the window."""
    return int(
        page.evaluate(
            "Math.max(...[document.documentElement, document.querySelector('[data-testid=stMain]')]"
            ".map((part) => part.scrollWidth - part.clientWidth))"
        )
    )
