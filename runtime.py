"""Everything once per process: configuration, database, monitor, services; started and stopped with the server."""

import logging
import os
from collections.abc import Mapping

from sqlalchemy import Engine

from config import Config, ConfigError
from crypto_utils import open_secret_box
from domain.allowed_hosts import is_loopback
from domain.fault_log import FaultLog
from engine.supervision.connection import SignInTarget
from exchange.practice_process import PracticeProcess
from monitor import PositionMonitor, set_monitor
from notifications.service import NotificationService
from services.facade import build_services
from services.history.roll_up_check import RollUpCheck
from storage.connections import ACTING, SHOWING, THOROUGH, Limits, create_database_engine, sessions
from storage.dumps import copy_before_migration
from storage.embedded_postgres import EmbeddedPostgres
from storage.lease import Lease, new_instance
from storage.migration import migrate
from storage.private_files import keep_files_private, private_folder
from storage.session_secret import NOTIFICATION_ADDRESS, SHORTEST_SECRET
from strategy import Try1Strategy

log = logging.getLogger(__name__)

ACCESS_REFRESH_SECONDS = 5
DATABASE_LOOK_SECONDS = 2
MONITOR_CONNECTIONS = 2
PAGE_CONNECTIONS = 5


class RuntimeNotStarted(RuntimeError):
    """The server has not built the runtime: the dashboard is started with `make run`."""


class Runtime:
    """One running bot: the monitor acts, the services answer pages, both on the same database."""

    def __init__(self, config: Config, listens_on: str = "127.0.0.1") -> None:
        """Start the database, bring its tables up to date, and build the parts; nothing is traded before start().

        Args:
            config: what the environment asks for.
            listens_on: the address that the server listens on in the end.

        Raises:
            ConfigError: other machines reach that address, and no password shuts the dashboard.
        """
        self.config = config
        self._engines: list[Engine] = []
        if config.database_url is not None:
            private_folder(config.data_dir)
        self._postgres = None if config.database_url else EmbeddedPostgres.start(config.data_dir)
        try:
            self._build(config)
            self.services.access.start()
            if not self.services.access.is_locked and not is_loopback(listens_on):
                raise _password_missing(listens_on)
        except BaseException:
            self._end_database()
            raise

    def _build(self, config: Config) -> None:
        url = config.database_url or (self._postgres.url if self._postgres else "")
        instance = new_instance()
        copy_first = copy_before_migration(self._postgres, config.data_dir) if self._postgres else None
        migrate(self._engine(url, f"{instance}-tables", 1, THOROUGH), copy_first)
        monitor_engine = self._engine(url, instance, MONITOR_CONNECTIONS, ACTING)
        pages_engine = self._engine(url, f"{instance}-pages", PAGE_CONNECTIONS, SHOWING)
        self._practice = PracticeProcess(config.data_dir, config.practice_port, config.practice_args)
        self.monitor = PositionMonitor(
            config,
            sessions(monitor_engine),
            Lease(url, instance),
            Try1Strategy(),
            before_sign_in=self._before_sign_in,
        )
        self.page_sessions = sessions(pages_engine)
        self.services = build_services(config, self.page_sessions, self.monitor, self.monitor.exchange_now)
        refresh = FaultLog(log).guarded("sessions not read", self.services.access.refresh)
        self.monitor.scheduler.add_job(
            refresh, "interval", seconds=ACCESS_REFRESH_SECONDS, max_instances=1, coalesce=True
        )
        if self._postgres is not None:
            self.monitor.scheduler.add_job(
                self._postgres.keep_running,
                "interval",
                seconds=DATABASE_LOOK_SECONDS,
                max_instances=1,
                coalesce=True,
                misfire_grace_time=None,
            )
        RollUpCheck(
            self.page_sessions,
            active=lambda: self.monitor.health().holds_lease,
            account_id=lambda: self.monitor.health().account_id,
            now=self.monitor.exchange_now,
        ).schedule(self.monitor.scheduler)
        self._notifications = NotificationService(
            self.page_sessions,
            self.monitor.scheduler,
            active=lambda: self.monitor.health().holds_lease,
            account_id=lambda: self.monitor.health().account_id,
            cycle_age_seconds=lambda: self.monitor.health().last_cycle_age_seconds,
            open_address=lambda session, token: open_secret_box(session, config).decrypt(token, NOTIFICATION_ADDRESS),
        )

    def start(self) -> None:
        """Begin to trade."""
        self.monitor.start()
        self._notifications.start()

    def stop(self) -> None:
        """Stop cleanly: stops and targets stay on the exchange; practice exchange and embedded database end."""
        self._notifications.stop()
        self.monitor.stop()
        self._practice.stop()
        self._end_database()

    def _end_database(self) -> None:
        for engine in self._engines:
            engine.dispose()
        if self._postgres is not None:
            self._postgres.stop()

    def _engine(self, url: str, name: str, size: int, limits: Limits) -> Engine:
        engine = create_database_engine(url, name, size, limits)
        self._engines.append(engine)
        return engine

    def _before_sign_in(self, target: SignInTarget) -> None:
        if target.exchange.starts_practice:
            self._practice.ensure(target.beginning)
        else:
            self._practice.stop()


def _password_missing(listens_on: str) -> ConfigError:
    return ConfigError(
        "HOST",
        f"the dashboard would listen on {listens_on}, where other machines reach it, and it has no password. Start it "
        "with DASHBOARD_PASSWORD set to one of at least 10 characters, or start it without HOST, set a password in "
        "Settings and start it again.",
    )


_runtime: Runtime | None = None


def start_runtime(environ: Mapping[str, str] | None = None, listens_on: str = "127.0.0.1") -> Runtime:
    """Build and start the one runtime of this process.

    Args:
        environ: the variables to read; this process's own when left out.
        listens_on: the address that the server listens on in the end.

    Raises:
        ConfigError: a variable of the environment cannot be used.
        RuntimeError: it runs already.
    """
    global _runtime  # noqa: PLW0603  one per process, owned by the server's lifespan
    if _runtime is not None:
        raise RuntimeError("the runtime runs already")
    keep_files_private()
    config = Config.from_environment(os.environ if environ is None else environ)
    if config.session_secret is not None and len(config.session_secret) < SHORTEST_SECRET:
        raise ConfigError(
            "SESSION_SECRET",
            f"use a random text of at least {SHORTEST_SECRET} characters. Where something is encrypted with the "
            "present one, change it with `.venv/bin/python -m crypto_utils rotate`.",
        )
    runtime = Runtime(config, listens_on)
    set_monitor(runtime.monitor)
    runtime.start()
    _runtime = runtime
    return runtime


def stop_runtime() -> None:
    """Stop the runtime; harmless when none runs."""
    global _runtime
    runtime, _runtime = _runtime, None
    set_monitor(None)
    if runtime is not None:
        runtime.stop()


def get_runtime() -> Runtime:
    """Return the runtime the server started; never starts one.

    Raises:
        RuntimeNotStarted: nothing has started it.
    """
    if _runtime is None:
        raise RuntimeNotStarted("the bot is not running: start it with `make run`")
    return _runtime
