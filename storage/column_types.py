"""How values of the domain stand in columns: money, moments and closed sets of words."""

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Enum, Numeric
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import TypeCompiler
from sqlalchemy.types import TypeDecorator


class Money(TypeDecorator[Decimal]):
    """NUMERIC that takes and gives Decimal only; a float is a programming error."""

    impl = Numeric
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | None:
        """Refuse anything but a finite Decimal."""
        if value is not None and (not isinstance(value, Decimal) or not value.is_finite()):
            raise TypeError(f"money must be a finite Decimal, not {value!r}")
        return value


class UtcDateTime(TypeDecorator[datetime]):
    """timestamptz that takes aware datetimes only and gives them back in UTC."""

    impl = TIMESTAMP(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive datetime."""
        if value is not None and value.tzinfo is None:
            raise TypeError(f"a moment needs a time zone: {value!r}")
        return value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the moment in UTC."""
        return None if value is None else value.astimezone(UTC)


def words(terms: type[StrEnum]) -> Enum:
    """Return the column type of a closed set of words, kept as text; a word outside the set raises on both ways."""
    return Enum(
        terms,
        native_enum=False,
        length=None,
        validate_strings=True,
        values_callable=lambda members: [member.value for member in members],
    )


def one_of(column: str, terms: type[StrEnum]) -> CheckConstraint:
    """Return the constraint by which the database itself refuses a word outside the set."""
    listed = ", ".join(f"'{term.value}'" for term in terms)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_is_known")


@compiles(Enum, "postgresql")
def _write_as_text(type_: Enum, compiler: TypeCompiler, **options: object) -> str:
    """Name the type TEXT, as the migrations made it: without this, words would be VARCHAR, a change of every table."""
    return "TEXT"
