"""What the guard reads from a request: headers, cookies, where it comes from."""

from starlette.types import Scope

from access.proxies import Visitor, visitor_of


def header_values(scope: Scope, name: bytes) -> list[str]:
    """Return the values of a header, in order."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def first_header(scope: Scope, name: bytes) -> str | None:
    """Return the first value of a header, None without one."""
    return next(iter(header_values(scope, name)), None)


def cookie_of(scope: Scope, name: str) -> str | None:
    """Return the value of a cookie, None when there is none of that name."""
    for header in header_values(scope, b"cookie"):
        for part in header.split(";"):
            key, _, value = part.strip().partition("=")
            if key == name:
                return value
    return None


def visitor(scope: Scope, hops: int, tls: bool) -> Visitor:
    """Return where a request comes from; see visitor_of()."""
    client = scope.get("client")
    return visitor_of(
        peer=client[0] if client else None,
        forwarded_for=header_values(scope, b"x-forwarded-for"),
        forwarded_proto=header_values(scope, b"x-forwarded-proto"),
        hops=hops,
        tls=tls,
    )


def session_cookie(name: str, value: str, seconds: int, secure: bool) -> str:
    """Return the Set-Cookie header of a session: for this host, no script, no other site."""
    parts = [f"{name}={value}", "Path=/", f"Max-Age={seconds}", "HttpOnly", "SameSite=Strict"]
    return "; ".join([*parts, "Secure"] if secure else parts)
