"""The server: Streamlit's pages and the bot behind them, started and stopped together."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route

from access.compressed_files import CompressedFiles
from access.connections import bound_connections
from access.guard import Guard
from access.host_config import OwnDialogs
from access.listening import listening
from api.health import healthz
from api.history_files import ROUTES as HISTORY_FILES
from app_pages.left_pages import LeftPages
from app_pages.ui.failing import say_failed
from app_pages.ui.live import first_modules
from domain.start_refused import StartRefused
from runtime import start_runtime, stop_runtime


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Run the bot for as long as the server runs, whether or not anybody looks at a page."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    bound_connections()
    try:
        served_at = listening()
        await asyncio.to_thread(start_runtime, listens_on=served_at.address)
        logging.getLogger(__name__).info("the dashboard is at %s", served_at.url)
        yield
    except StartRefused:
        # Whoever starts the bot can put this right, and the message says how: where it arose helps nobody.
        sys.tracebacklimit = 0
        raise
    finally:
        await asyncio.to_thread(stop_runtime)


app = st.App(
    "app_pages/script.py",
    lifespan=lifespan,
    routes=[Route("/healthz", healthz), *HISTORY_FILES],
    middleware=[
        Middleware(Guard, listening=listening, modules=first_modules()),
        Middleware(CompressedFiles),
        Middleware(OwnDialogs),
        Middleware(LeftPages),
    ],
    on_script_error=say_failed,
)
