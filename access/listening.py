"""Where the server listens in the end, whatever the environment asked for."""

from dataclasses import dataclass

from streamlit import config as streamlit_config

from access.hosts import EVERYWHERE
from domain.allowed_hosts import is_loopback


@dataclass(frozen=True, slots=True)
class Listening:
    """The address and port that the server was given, and whether it speaks TLS itself."""

    address: str  # lower case; 0.0.0.0 or :: for all
    port: int
    tls: bool = False

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the dashboard."""
        host = "127.0.0.1" if self.address in EVERYWHERE else self.address
        return f"http{'s' if self.tls else ''}://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def cookie_name(self) -> str:
        """The session's cookie: browsers do not keep the cookies of two ports apart."""
        return f"bot_session_{self.port}"


def listening() -> Listening:
    """Return where Streamlit's server listens: command line, environment and config.toml, as it was decided.

    Without an address Streamlit listens everywhere.
    """
    address = streamlit_config.get_option("server.address") or "::"
    return Listening(
        address=str(address).strip().lower(),
        port=int(streamlit_config.get_option("server.port")),
        tls=bool(streamlit_config.get_option("server.sslCertFile")),
    )


def is_local(address: str) -> bool:
    """Say whether an address can be reached from this machine only; a path is a socket of this machine."""
    plain = address.removeprefix("::ffff:")
    return is_loopback(plain) or plain.startswith("/")
