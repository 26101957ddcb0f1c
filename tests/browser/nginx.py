"""A real nginx with TLS in front of the dashboard, from Debian's package: `python -m tests.browser.nginx` fetches it.

The package is unpacked, not installed: nothing of it is started or kept outside the environment of the tests.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.browser.serving import free_port

UNPACKED = Path(sys.prefix) / "nginx"
STARTED_WITHIN_SECONDS = 20
CONFIGURATION = """
daemon off;
master_process off;
error_log stderr;
pid {folder}/nginx.pid;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/certificate.pem;
    ssl_certificate_key {folder}/key.pem;
    location / {{
      proxy_pass http://127.0.0.1:{behind};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_read_timeout 1h;
    }}
  }}
}}
"""


def find_nginx() -> str | None:
    """Return the path of an nginx that starts, the system's or the unpacked one, or None."""
    candidates = (shutil.which("nginx"), "/usr/sbin/nginx", str(UNPACKED / "usr" / "sbin" / "nginx"))
    return next((path for path in candidates if path and _starts(path)), None)


@contextmanager
def nginx_in_front(behind: int, folder: Path) -> Iterator[int]:
    """Run nginx with a certificate of its own making in front of a port of this machine, and give its port."""
    port = free_port()
    _make_certificate(folder)
    configuration = folder / "nginx.conf"
    configuration.write_text(CONFIGURATION.format(folder=folder, port=port, behind=behind))
    nginx = find_nginx()
    assert nginx is not None
    with (folder / "nginx.log").open("wb") as log:
        process = subprocess.Popen([nginx, "-p", str(folder), "-c", str(configuration)], stdout=log, stderr=log)
    try:
        yield port
    finally:
        process.terminate()
        process.wait(STARTED_WITHIN_SECONDS)


def _make_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "bot.localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("bot.localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    unencrypted = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, unencrypted))


def _starts(path: str) -> bool:
    try:
        return subprocess.run([path, "-v"], capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _fetch() -> None:
    """Fetch Debian's package without installing it, after asking for the newest lists where that is allowed."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        return
    UNPACKED.mkdir(parents=True, exist_ok=True)
    for package in ("nginx", "nginx-core", "nginx-light"):
        for refreshed in (False, True):
            if refreshed and os.geteuid() == 0:
                _quietly("apt-get", "update", "-qq")
            _quietly("apt-get", "download", "-qq", package)
            for file in UNPACKED.glob("*.deb"):
                _quietly("dpkg-deb", "-x", str(file), str(UNPACKED))
            if find_nginx():
                return


def _quietly(*command: str) -> None:
    output = subprocess.DEVNULL
    subprocess.run(command, cwd=UNPACKED, stdout=output, stderr=output, check=False)


def main() -> int:
    """Bring an nginx where that can be; the tests that need one say why they are skipped where it cannot."""
    if not find_nginx():
        _fetch()
    if not find_nginx():
        print("No nginx here and none could be fetched with apt-get: its tests will be skipped.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
