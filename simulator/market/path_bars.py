"""What paths are made of: days, bars and trades of log prices, one array element each."""

from dataclasses import dataclass, fields

from simulator.market.bridges import Frame
from simulator.market.noise import Flags, Floats, Integers

SLOTS = 60  # trades a minute


@dataclass(frozen=True, slots=True)
class PathShape:
    """How one symbol moves: yearly volatility (0.5 is 50 %) and daily volume in quantity steps."""

    name: str
    yearly_volatility: float
    daily_steps: float


@dataclass(frozen=True, slots=True)
class PathDays:
    """Days of log prices, one array element per day; volume and bought in quantity steps."""

    index: Integers  # days since 1970
    open: Floats
    close: Floats
    sigma: Floats
    volume: Integers
    bought: Integers


@dataclass(frozen=True, slots=True)
class PathBars:
    """Bars of log prices, one array element per bar; volume and bought in quantity steps."""

    index: Integers  # bar number since 1970 at this bar's own length
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    sigma: Floats
    volume: Integers
    bought: Integers

    @property
    def frame(self) -> Frame:
        """What parts of these bars must keep to."""
        return Frame(self.open, self.high, self.low, self.close, self.sigma)

    def take(self, chosen: slice | Integers) -> "PathBars":
        """Return the chosen bars only."""
        return PathBars(*(getattr(self, field.name)[chosen] for field in fields(self)))


@dataclass(frozen=True, slots=True)
class SlotTrades:
    """The trades of whole minutes, shape (minutes, 60): log price, quantity steps, whether the buyer took."""

    price: Floats
    steps: Integers
    buyer_took: Flags
