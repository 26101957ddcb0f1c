"""Results of closed trades by the quarter of an hour and by the day, kept by a trigger in the transaction that books."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SIDES = "side IN ('LONG', 'SHORT')"
REASONS = "reason IN ('TP', 'SL', 'MANUAL', 'UNPROTECTED', 'LIQUIDATION', 'ADL', 'SETTLEMENT', 'EXTERNAL', 'LOST')"
_SPAN_KEY = (
    ("account_id", sa.BigInteger(), False),
    ("minutes", sa.BigInteger(), False),
    ("starts_at", postgresql.TIMESTAMP(timezone=True), False),
)

# The one definition of both tables' rows, of the trades of an account that closed from since until before until_at,
# both at the start of a span. Spans are joined by hash: nobody can estimate how many there are, and a nested loop over
# those of two years takes hours.
COUNTED_SPANS = """
CREATE FUNCTION counted_result_spans(of_account bigint, of_minutes bigint, since timestamptz, until_at timestamptz)
RETURNS SETOF result_spans LANGUAGE sql STABLE SET enable_nestloop = off AS $$
    WITH closed AS (
        SELECT id, closed_at, net_usdt AS net, gross_usdt, fees_usdt, funding_usdt,
            extract(epoch FROM closed_at - opened_at) AS seconds,
            date_bin(make_interval(mins => of_minutes::integer), closed_at, timestamptz '2000-01-01 00:00+00')
                AS starts_at
        FROM positions
        WHERE account_id = of_account AND phase = 'CLOSED' AND close_reason IS NOT NULL
            AND closed_at >= since AND closed_at < until_at
    ), runs AS (
        SELECT closed.*, sum(net) OVER in_order AS running, row_number() OVER in_order AS place,
            row_number() OVER (PARTITION BY starts_at, sign(net) ORDER BY closed_at, id) AS place_among_like,
            count(*) OVER (PARTITION BY starts_at) AS of_span
        FROM closed WHERE net IS NOT NULL
        WINDOW in_order AS (PARTITION BY starts_at ORDER BY closed_at, id ROWS UNBOUNDED PRECEDING)
    ), falls AS (
        SELECT runs.*, greatest(max(running) OVER
            (PARTITION BY starts_at ORDER BY place ROWS UNBOUNDED PRECEDING), 0) - running AS fall
        FROM runs
    ), streaks AS (
        SELECT starts_at, sign(net) AS kind, count(*) AS length, min(place) = 1 AS begins, max(place) = of_span AS ends
        FROM runs GROUP BY starts_at, sign(net), place - place_among_like, of_span
    ), streaks_of_span AS (
        SELECT starts_at,
            coalesce(max(length) FILTER (WHERE kind < 0 AND begins), 0) AS losses_first,
            coalesce(max(length) FILTER (WHERE kind < 0 AND ends), 0) AS losses_last,
            coalesce(max(length) FILTER (WHERE kind < 0), 0) AS losses_longest,
            coalesce(max(length) FILTER (WHERE kind > 0 AND begins), 0) AS wins_first,
            coalesce(max(length) FILTER (WHERE kind > 0 AND ends), 0) AS wins_last,
            coalesce(max(length) FILTER (WHERE kind > 0), 0) AS wins_longest
        FROM streaks GROUP BY starts_at
    ), sums AS (
        SELECT starts_at, count(*) AS trades, count(*) FILTER (WHERE net > 0) AS won,
            count(*) FILTER (WHERE net < 0) AS lost, sum(net) AS net, coalesce(sum(gross_usdt), 0) AS gross,
            coalesce(sum(fees_usdt), 0) AS fees, coalesce(sum(funding_usdt), 0) AS funding,
            coalesce(sum(net) FILTER (WHERE net > 0), 0) AS won_usdt,
            coalesce(sum(net) FILTER (WHERE net < 0), 0) AS lost_usdt,
            coalesce(sum(seconds), 0) AS seconds, count(seconds) AS timed, max(net) AS best, min(net) AS worst,
            max(closed_at) AS last_closed_at, greatest(max(running), 0) AS peak, min(running) AS trough,
            max(fall) AS drawdown
        FROM falls GROUP BY starts_at
    ), spans AS (
        SELECT starts_at, count(*) FILTER (WHERE net IS NULL) AS unknown FROM closed GROUP BY starts_at
    )
    SELECT of_account, of_minutes, spans.starts_at, coalesce(trades, 0), unknown, coalesce(won, 0), coalesce(lost, 0),
        coalesce(net, 0), coalesce(gross, 0), coalesce(fees, 0), coalesce(funding, 0), coalesce(won_usdt, 0),
        coalesce(lost_usdt, 0), coalesce(seconds, 0), coalesce(timed, 0), best, worst, last_closed_at,
        coalesce(peak, 0), coalesce(trough, 0), coalesce(drawdown, 0), coalesce(losses_first, 0),
        coalesce(losses_last, 0), coalesce(losses_longest, 0), coalesce(wins_first, 0), coalesce(wins_last, 0),
        coalesce(wins_longest, 0)
    FROM spans LEFT JOIN sums USING (starts_at) LEFT JOIN streaks_of_span USING (starts_at)
$$
"""
COUNTED_SHARES = """
CREATE FUNCTION counted_result_shares(of_account bigint, of_minutes bigint, since timestamptz, until_at timestamptz)
RETURNS SETOF result_shares LANGUAGE sql STABLE AS $$
    SELECT of_account, of_minutes,
        date_bin(make_interval(mins => of_minutes::integer), closed_at, timestamptz '2000-01-01 00:00+00'),
        symbol, side, close_reason, count(net_usdt), count(*) FILTER (WHERE net_usdt IS NULL),
        count(*) FILTER (WHERE net_usdt > 0), count(*) FILTER (WHERE net_usdt < 0), coalesce(sum(net_usdt), 0),
        coalesce(sum(fees_usdt) FILTER (WHERE net_usdt IS NOT NULL), 0),
        coalesce(sum(net_usdt) FILTER (WHERE net_usdt > 0), 0), coalesce(sum(net_usdt) FILTER (WHERE net_usdt < 0), 0),
        coalesce(sum(extract(epoch FROM closed_at - opened_at)) FILTER (WHERE net_usdt IS NOT NULL), 0),
        count(opened_at) FILTER (WHERE net_usdt IS NOT NULL)
    FROM positions
    WHERE account_id = of_account AND phase = 'CLOSED' AND close_reason IS NOT NULL
        AND closed_at >= since AND closed_at < until_at
    GROUP BY 3, symbol, side, close_reason
$$
"""
# Writers of one account queue up, so that the later one counts what the earlier one wrote.
RECOUNT = """
CREATE FUNCTION recount_results(of_account bigint, since timestamptz, until_at timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    length bigint;
    first_at timestamptz;
    end_at timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('result_spans', of_account));
    FOREACH length IN ARRAY ARRAY[15, 1440] LOOP
        first_at := date_bin(make_interval(mins => length::integer), since, timestamptz '2000-01-01 00:00+00');
        end_at := date_bin(make_interval(mins => length::integer), until_at - interval '1 microsecond',
            timestamptz '2000-01-01 00:00+00') + make_interval(mins => length::integer);
        DELETE FROM result_spans
            WHERE account_id = of_account AND minutes = length AND starts_at >= first_at AND starts_at < end_at;
        DELETE FROM result_shares
            WHERE account_id = of_account AND minutes = length AND starts_at >= first_at AND starts_at < end_at;
        INSERT INTO result_spans SELECT * FROM counted_result_spans(of_account, length, first_at, end_at);
        INSERT INTO result_shares SELECT * FROM counted_result_shares(of_account, length, first_at, end_at);
    END LOOP;
END
$$
"""
TRIGGER_FUNCTION = """
CREATE FUNCTION keep_result_spans() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.phase = 'CLOSED' AND OLD.closed_at IS NOT NULL THEN
        PERFORM recount_results(OLD.account_id, OLD.closed_at, OLD.closed_at + interval '1 microsecond');
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.phase = 'CLOSED' AND NEW.closed_at IS NOT NULL
        AND (TG_OP = 'INSERT' OR OLD.phase <> 'CLOSED' OR OLD.closed_at IS DISTINCT FROM NEW.closed_at)
    THEN
        PERFORM recount_results(NEW.account_id, NEW.closed_at, NEW.closed_at + interval '1 microsecond');
    END IF;
    RETURN NULL;
END
$$
"""
# The conditions stand in the triggers, not in the function: an update of a living trade costs nothing more.
TRIGGERS = (
    """
    CREATE TRIGGER result_closed AFTER INSERT ON positions
    FOR EACH ROW WHEN (NEW.phase = 'CLOSED') EXECUTE FUNCTION keep_result_spans()
    """,
    """
    CREATE TRIGGER result_changed AFTER UPDATE ON positions
    FOR EACH ROW WHEN ((OLD.phase = 'CLOSED' OR NEW.phase = 'CLOSED') AND
        (OLD.phase, OLD.closed_at, OLD.close_reason, OLD.opened_at, OLD.symbol, OLD.side,
            OLD.net_usdt, OLD.gross_usdt, OLD.fees_usdt, OLD.funding_usdt)
        IS DISTINCT FROM (NEW.phase, NEW.closed_at, NEW.close_reason, NEW.opened_at, NEW.symbol, NEW.side,
            NEW.net_usdt, NEW.gross_usdt, NEW.fees_usdt, NEW.funding_usdt))
    EXECUTE FUNCTION keep_result_spans()
    """,
    """
    CREATE TRIGGER result_removed AFTER DELETE ON positions
    FOR EACH ROW WHEN (OLD.phase = 'CLOSED') EXECUTE FUNCTION keep_result_spans()
    """,
)
BUILD = """
SELECT recount_results(account_id, min(closed_at), max(closed_at) + interval '1 microsecond')
FROM positions WHERE phase = 'CLOSED' AND closed_at IS NOT NULL GROUP BY account_id
"""


def upgrade() -> None:
    _create_tables()
    for statement in (COUNTED_SPANS, COUNTED_SHARES, RECOUNT, TRIGGER_FUNCTION, *TRIGGERS, BUILD):
        op.execute(statement)


def _create_tables() -> None:
    whole, money, moment = sa.BigInteger(), sa.Numeric(), postgresql.TIMESTAMP(timezone=True)
    op.create_table(
        "result_spans",
        *(sa.Column(name, kind, nullable=nullable, autoincrement=False) for name, kind, nullable in _SPAN_KEY),
        *(sa.Column(name, whole, nullable=False) for name in ("trades", "unknown", "won", "lost")),
        *(
            sa.Column(name, money, nullable=False)
            for name in ("net", "gross", "fees", "funding", "won_usdt", "lost_usdt", "seconds")
        ),
        sa.Column("timed", whole, nullable=False),
        sa.Column("best", money, nullable=True),
        sa.Column("worst", money, nullable=True),
        sa.Column("last_closed_at", moment, nullable=True),
        *(sa.Column(name, money, nullable=False) for name in ("peak", "trough", "drawdown")),
        *(
            sa.Column(f"{kind}_{which}", whole, nullable=False)
            for kind in ("losses", "wins")
            for which in ("first", "last", "longest")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.PrimaryKeyConstraint("account_id", "minutes", "starts_at"),
    )
    op.create_table(
        "result_shares",
        *(sa.Column(name, kind, nullable=nullable, autoincrement=False) for name, kind, nullable in _SPAN_KEY),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("symbol", "side", "reason")),
        *(sa.Column(name, whole, nullable=False) for name in ("trades", "unknown", "won", "lost")),
        *(sa.Column(name, money, nullable=False) for name in ("net", "fees", "won_usdt", "lost_usdt", "seconds")),
        sa.Column("timed", whole, nullable=False),
        sa.CheckConstraint(SIDES, name="side_is_known"),
        sa.CheckConstraint(REASONS, name="reason_is_known"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.PrimaryKeyConstraint("account_id", "minutes", "starts_at", "symbol", "side", "reason"),
    )
