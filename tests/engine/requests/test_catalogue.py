"""The catalogue names every request there is: what is missing in it would be run by nobody."""

import importlib
import inspect
import pkgutil
from typing import get_args

from engine import requests
from engine.requests.catalogue import Task


def test_every_request_is_in_the_catalogue() -> None:
    modules = [
        importlib.import_module(f"engine.requests.{found.name}") for found in pkgutil.iter_modules(requests.__path__)
    ]
    made = {
        kind
        for module in modules
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if kind.__module__ == module.__name__ and hasattr(kind, "run") and not getattr(kind, "_is_protocol", False)
    }

    assert made == set(get_args(Task))
