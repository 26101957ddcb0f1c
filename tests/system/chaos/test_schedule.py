"""Schedules are drawn from their seed alone, and of what can be played."""

from dataclasses import fields

from simulator.switches import Switches, switched
from tests.system.chaos.hands import Hands
from tests.system.chaos.schedule import OPEN_QUESTIONS, limits, schedule, switches

SEEDS = [f"drawn-{number}" for number in range(60)]


def test_a_seed_draws_the_same_steps_switches_and_limits_every_time() -> None:
    for seed in SEEDS:
        assert (schedule(seed), switches(seed), limits(seed)) == (schedule(seed), switches(seed), limits(seed))
    assert schedule(SEEDS[0]) != schedule(SEEDS[1])
    assert {limits(seed) is None for seed in SEEDS} == {True, False}


def test_every_step_can_be_played() -> None:
    for seed in SEEDS:
        for step in schedule(seed, steps=100):
            assert callable(getattr(Hands, step.kind))


def test_every_switch_of_the_exchange_is_drawn_in_each_reading() -> None:
    assert set(OPEN_QUESTIONS) == {field.name for field in fields(Switches)}
    for name, readings in OPEN_QUESTIONS.items():
        for reading in readings:
            assert switched(Switches(), [f"{name}={reading}"])
        assert {switches(seed)[name] for seed in SEEDS} == set(readings)
