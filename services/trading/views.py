"""What pages are told of instructions."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InstructionAnswer:
    """What became of something a person asked for. done is False while the bot has not taken it up."""

    instruction_id: str
    done: bool
    outcome: str | None  # plain words
