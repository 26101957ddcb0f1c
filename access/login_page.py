"""The login page: plain HTML that needs neither a script nor any other file, in the style of the rest."""

import base64
import hashlib
from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import quote

TITLE: Final = "Binance Futures Trading Bot (Testnet)"
USER: Final = "dashboard"  # there is one person; a password manager wants a name to file the password under
_ICON: Final = quote((Path(__file__).resolve().parents[1] / "static" / "icon.svg").read_text().strip())

# The colours are the tokens of static/dashboard.css.
_STYLE: Final = """
:root {
  color-scheme: light dark;
  --accent: light-dark(#2f5bd3, #7c9cff); --page: light-dark(#ffffff, #0e1116); --raised: light-dark(#f6f7f9, #171b21);
  --text: light-dark(#15181e, #e6e9ee); --quiet: light-dark(#5a6472, #9aa4b2); --line: light-dark(#c9ced6, #3a424e);
  --down: light-dark(#b93c0b, #ff8a5b); --down-soft: light-dark(#fcede6, #3a2219);
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; min-height: 100dvh; display: grid; place-items: center; padding: 24px 16px;
  background: var(--page); color: var(--text); font: 15px/1.5 Inter, system-ui, sans-serif;
}
main { width: 100%; max-width: 380px; }
img { display: block; width: 44px; height: 44px; }
h1 { margin: 14px 0 4px; font-size: 1.25rem; font-weight: 600; }
p { margin: 0 0 18px; color: var(--quiet); }
form { display: grid; gap: 14px; }
label { display: grid; gap: 6px; font-size: .93rem; }
input {
  width: 100%; min-height: 44px; padding: 8px 12px; font: inherit; font-size: 16px; color: var(--text);
  background: var(--raised); border: 1px solid var(--line); border-radius: 8px;
}
.name { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
button {
  min-height: 44px; padding: 8px 16px; font: inherit; font-weight: 600; color: #fff; background: #2f5bd3;
  border: 1px solid #2f5bd3; border-radius: 8px; cursor: pointer;
}
button:hover { background: #264cb5; border-color: #264cb5; }
:is(button, input):focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
[role=alert] { margin: 0; padding: 10px 12px; border-radius: 8px; color: var(--down); background: var(--down-soft); }
"""
STYLE_HASH: Final = f"'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"


def login_page(following: str, wants_code: bool, trouble: str = "") -> bytes:
    """Return the page.

    Args:
        following: the local path to go to after signing in.
        wants_code: whether a code from the phone is asked for too.
        trouble: why the last try did not succeed; empty at the first.
    """
    alert = f'<p role="alert">{escape(trouble)}</p>' if trouble else ""
    code = (
        '<label>Code from your phone<input name="code" inputmode="text" autocomplete="one-time-code" '
        'autocapitalize="characters" spellcheck="false" maxlength="24" required></label>'
        if wants_code
        else ""
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Sign in – {escape(TITLE)}</title>
<link rel="icon" type="image/svg+xml" href="data:image/svg+xml,{_ICON}">
<style>{_STYLE}</style>
</head>
<body>
<main>
<img src="data:image/svg+xml,{_ICON}" alt="">
<h1>Sign in</h1>
<p>{escape(TITLE)}</p>
<form method="post" action="/login">
{alert}
<label class="name">Name<input name="username" value="{USER}" autocomplete="username" readonly tabindex="-1"></label>
<label>Password<input name="password" type="password" autocomplete="current-password" maxlength="256" required
autofocus></label>
{code}
<input type="hidden" name="next" value="{escape(following)}">
<button type="submit">Sign in</button>
</form>
</main>
</body>
</html>
""".encode()
