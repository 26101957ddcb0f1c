"""What every step of one cycle works on."""

from dataclasses import dataclass, field
from datetime import datetime

from engine.state.engine_state import EngineState
from engine.state.working_set import WorkingSet


@dataclass(slots=True)
class CycleContext:
    """The rows of one cycle, the memory between cycles, and the moment; now is exchange time."""

    rows: WorkingSet
    state: EngineState
    now: datetime
    money_moved: bool = False  # a fill was recorded in this cycle
    conflicts: list[str] = field(default_factory=list)  # figures that the exchange has changed since we recorded them
