"""The headers that every answer carries: what a browser may do with it."""

from collections.abc import Iterable
from typing import Final

Header = tuple[bytes, bytes]

_ALWAYS: Final[tuple[Header, ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),  # for browsers that do not know frame-ancestors
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
# What an answer from further inside may say of these is replaced, never added to.
REPLACED: Final = frozenset(
    {
        b"content-security-policy",
        b"referrer-policy",
        b"access-control-allow-origin",
        b"access-control-allow-credentials",
        *(name for name, _ in _ALWAYS),
    }
)


def page_policy(script_hashes: Iterable[str]) -> str:
    """Return the strictest policy under which every page of the dashboard works.

    Streamlit sets styles inline and loads its live components from blob addresses; nothing is evaluated from text.
    """
    scripts = " ".join(("'self'", *script_hashes, "blob:"))
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src {scripts}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def login_policy(style_hash: str) -> str:
    """Return the policy of the login page: its own style, a picture in the page, a form to where it came from."""
    return (
        f"default-src 'none'; style-src {style_hash}; img-src data:; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    )


def security_headers(policy: str, referrer: str = "no-referrer") -> list[Header]:
    """Return the headers of an answer under this policy."""
    return [*_ALWAYS, (b"content-security-policy", policy.encode()), (b"referrer-policy", referrer.encode())]
