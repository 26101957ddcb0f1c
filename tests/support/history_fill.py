"""Closed trades by the thousand, written by SQL: for query plans and for the benchmarks of size."""

from sqlalchemy import Engine, text

TWO_YEARS_SECONDS = 2 * 365 * 24 * 3600

# Each closed trade: a position of a plan of 100, three orders, two fills, three income rows and a share, a few lines.
_STATEMENTS = (
    """
    INSERT INTO plans (account_id, symbol, side, amount_usdt, leverage, tp_usdt, sl_usdt, basis, reopen_enabled,
        reopen_delay_seconds, reopen_after_target, reopen_after_stop, state, created_at)
    SELECT :account_id, (ARRAY['BTCUSDT','ETHUSDT','SOLUSDT'])[1 + n % 3], 'LONG', 100, 10, 10, 5, 'net', true, 300,
        true, true, 'PAUSED', :until - make_interval(secs => :seconds)
    FROM generate_series(1, greatest(:trades / 100, 1)) AS n
    """,
    """
    INSERT INTO positions (account_id, plan_id, sequence, reopen_count, symbol, side, amount_usdt, leverage, tp_usdt,
        sl_usdt, basis, phase, entry_quantity, entry_price, foreign_quantity, own_part_only, exit_quantity, exit_price,
        taker_rate, close_reason, close_asked_by_person, gross_usdt, fees_usdt, funding_usdt, net_usdt, result_final,
        created_at, opened_at, closed_at, reopen_state)
    SELECT plans.account_id, plans.id, s.n, s.n - 1, plans.symbol, plans.side, 100, 10, 10, 5, 'net', 'CLOSED',
        0.01, 60000, 0, false, 0.01, 60000, 0.0005,
        CASE WHEN g % 5 < 3 THEN 'TP' ELSE 'SL' END, false,
        CASE WHEN g % 5 < 3 THEN 10.6 ELSE -4.4 END, 0.6, 0,
        CASE WHEN g % 5 < 3 THEN 10 ELSE -5 END, true, at, at, at + interval '50 seconds', 'DONE'
    FROM plans
    CROSS JOIN LATERAL generate_series(1, least(100, :trades)) AS s(n)
    CROSS JOIN LATERAL (SELECT (plans.id * 100 + s.n)::bigint AS g) AS number
    CROSS JOIN LATERAL (
        SELECT :until - make_interval(secs => ((g * 7919 * 4001) % :seconds)::double precision) AS at
    ) AS moment
    WHERE plans.account_id = :account_id
    """,
    """
    INSERT INTO orders (account_id, position_id, client_order_id, purpose, attempt, symbol, side, state,
        executed_quantity, ask_count, created_at)
    SELECT account_id, id, 't1-fill-' || id || '-' || letter || '-1', purpose, 1, symbol, side, state,
        0.01, 0, created_at
    FROM positions
    CROSS JOIN (VALUES ('e', 'ENTRY', 'FILLED'), ('s', 'STOP', 'EXPIRED'), ('t', 'TARGET', 'FILLED'))
        AS kinds(letter, purpose, state)
    WHERE account_id = :account_id AND phase = 'CLOSED'
    """,
    """
    INSERT INTO fills (account_id, position_id, symbol, trade_id, exchange_order_id, side, opening, price, quantity,
        commission, commission_asset, fee_usdt, realized_pnl, maker, traded_at)
    SELECT account_id, id, symbol, id * 2 + opening::int, id * 2 + opening::int, side, opening, 60000, 0.01, 0.3,
        'USDT', 0.3, CASE WHEN opening THEN 0 ELSE gross_usdt END, false,
        CASE WHEN opening THEN opened_at ELSE closed_at END
    FROM positions CROSS JOIN (VALUES (true), (false)) AS ways(opening)
    WHERE account_id = :account_id AND phase = 'CLOSED'
    """,
    """
    INSERT INTO income (account_id, income_type, tran_id, symbol, amount, asset, trade_id, occurred_at)
    SELECT account_id, kind, id * 3 + number, symbol, 0.1, 'USDT', id * 2, closed_at
    FROM positions
    CROSS JOIN (VALUES ('REALIZED_PNL', 0), ('COMMISSION', 1), ('FUNDING_FEE', 2)) AS kinds(kind, number)
    WHERE account_id = :account_id AND phase = 'CLOSED'
    """,
    """
    INSERT INTO income_shares (income_id, position_id, amount)
    SELECT income.id, income.trade_id / 2, income.amount FROM income
    WHERE account_id = :account_id AND income_type = 'FUNDING_FEE'
    """,
    """
    INSERT INTO journal (account_id, position_id, at, severity, event, text, details, announced)
    SELECT account_id, id, closed_at, 'GOOD', event, 'BTCUSDT LONG: ' || event, '{}', true
    FROM positions CROSS JOIN (VALUES ('opening'), ('opened'), ('protected'), ('closed')) AS events(event)
    WHERE account_id = :account_id AND phase = 'CLOSED'
    """,
)
ROLL_UP = """
    SELECT recount_results(account_id, min(closed_at), max(closed_at) + interval '1 microsecond')
    FROM positions WHERE account_id = :account_id AND phase = 'CLOSED' GROUP BY account_id
"""


def fill_with_closed_trades(engine: Engine, account_id: int, trades: int, until: object) -> None:
    """Write so many closed trades (a multiple of 100) of an account, spread over the two years before a moment."""
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        values = {"account_id": account_id, "trades": trades, "until": until, "seconds": TWO_YEARS_SECONDS}
        # Row by row the trigger would sum up each day a thousand times.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in _STATEMENTS:
            connection.execute(text(statement), values)
        connection.execute(text(ROLL_UP), values)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM ANALYZE"))
