-- The database of version 0.1.0 after an hour on the practice exchange: trades closed by target, stop and person, one
-- that never arrived, one waiting to open again, an adopted one, one with an external quantity that is ignored, funding,
-- a paused plan, a saved form, saved keys. The keys are invented; what encrypts them is
--   the secret of the database in 0.1.0.sql
-- Made by running 0.1.0 and pg_dump --no-owner --no-privileges. It is never edited: it is what people have.

--
-- PostgreSQL database dump
--


-- Dumped from database version 18.4
-- Dumped by pg_dump version 18.4

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: accounts; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.accounts (
    id bigint NOT NULL,
    family text NOT NULL,
    alias text NOT NULL,
    first_seen_at timestamp with time zone NOT NULL
);


--
-- Name: accounts_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.accounts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: accounts_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.accounts_id_seq OWNED BY public.accounts.id;


--
-- Name: alembic_version; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);


--
-- Name: api_credentials; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.api_credentials (
    id bigint NOT NULL,
    family text NOT NULL,
    api_key_token text NOT NULL,
    api_secret_token text NOT NULL,
    last_four text NOT NULL,
    created_at timestamp with time zone NOT NULL
);


--
-- Name: api_credentials_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.api_credentials_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: api_credentials_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.api_credentials_id_seq OWNED BY public.api_credentials.id;


--
-- Name: equity; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.equity (
    id bigint NOT NULL,
    account_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    wallet_usdt numeric NOT NULL,
    unrealised_usdt numeric NOT NULL,
    available_usdt numeric NOT NULL
);


--
-- Name: equity_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.equity_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: equity_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.equity_id_seq OWNED BY public.equity.id;


--
-- Name: fills; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.fills (
    id bigint NOT NULL,
    account_id bigint NOT NULL,
    position_id bigint,
    order_id bigint,
    symbol text NOT NULL,
    trade_id bigint NOT NULL,
    exchange_order_id bigint NOT NULL,
    client_order_id text,
    side text NOT NULL,
    opening boolean NOT NULL,
    price numeric NOT NULL,
    quantity numeric NOT NULL,
    commission numeric NOT NULL,
    commission_asset text NOT NULL,
    realized_pnl numeric NOT NULL,
    maker boolean NOT NULL,
    traded_at timestamp with time zone NOT NULL,
    beside_position_id bigint,
    CONSTRAINT side_is_known CHECK ((side = ANY (ARRAY['LONG'::text, 'SHORT'::text])))
);


--
-- Name: fills_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.fills_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: fills_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.fills_id_seq OWNED BY public.fills.id;


--
-- Name: income; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.income (
    id bigint NOT NULL,
    account_id bigint NOT NULL,
    income_type text NOT NULL,
    tran_id bigint NOT NULL,
    symbol text NOT NULL,
    amount numeric NOT NULL,
    asset text NOT NULL,
    trade_id bigint,
    occurred_at timestamp with time zone NOT NULL
);


--
-- Name: income_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.income_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: income_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.income_id_seq OWNED BY public.income.id;


--
-- Name: income_shares; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.income_shares (
    id bigint NOT NULL,
    income_id bigint NOT NULL,
    position_id bigint,
    amount numeric NOT NULL
);


--
-- Name: income_shares_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.income_shares_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: income_shares_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.income_shares_id_seq OWNED BY public.income_shares.id;


--
-- Name: instructions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.instructions (
    id text NOT NULL,
    account_id bigint NOT NULL,
    kind text NOT NULL,
    position_id bigint,
    plan_id bigint,
    terms jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    lapses_at timestamp with time zone,
    consumed_at timestamp with time zone,
    outcome text,
    CONSTRAINT kind_is_known CHECK ((kind = ANY (ARRAY['OPEN'::text, 'CLOSE'::text, 'REOPEN_NOW'::text, 'SKIP_REOPEN'::text, 'PAUSE_PLAN'::text, 'RESUME_PLAN'::text, 'PAUSE_ALL'::text, 'RESUME_ALL'::text, 'EDIT_PROTECTION'::text, 'EDIT_PLAN'::text, 'ADOPT'::text, 'CLOSE_FOREIGN'::text, 'IGNORE_FOREIGN'::text, 'WRITE_OFF'::text])))
);


--
-- Name: journal; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.journal (
    id bigint NOT NULL,
    account_id bigint,
    position_id bigint,
    at timestamp with time zone NOT NULL,
    severity text NOT NULL,
    event text NOT NULL,
    text text NOT NULL,
    details jsonb NOT NULL,
    CONSTRAINT severity_is_known CHECK ((severity = ANY (ARRAY['INFO'::text, 'GOOD'::text, 'WARNING'::text, 'DANGER'::text])))
);


--
-- Name: journal_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.journal_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: journal_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.journal_id_seq OWNED BY public.journal.id;


--
-- Name: lease; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.lease (
    id bigint NOT NULL,
    epoch bigint NOT NULL,
    instance text NOT NULL,
    cycle_at timestamp with time zone NOT NULL,
    CONSTRAINT one_row CHECK ((id = 1))
);


--
-- Name: orders; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.orders (
    id bigint NOT NULL,
    account_id bigint NOT NULL,
    position_id bigint NOT NULL,
    client_order_id text NOT NULL,
    purpose text NOT NULL,
    attempt bigint NOT NULL,
    symbol text NOT NULL,
    side text NOT NULL,
    quantity numeric,
    trigger_price numeric,
    close_reason text,
    state text NOT NULL,
    stamp timestamp with time zone,
    exchange_order_id bigint,
    algo_id bigint,
    executed_quantity numeric NOT NULL,
    triggered_at timestamp with time zone,
    answer_code bigint,
    answer_text text,
    not_before timestamp with time zone,
    ask_count bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    settled_at timestamp with time zone,
    CONSTRAINT purpose_is_known CHECK ((purpose = ANY (ARRAY['ENTRY'::text, 'STOP'::text, 'TARGET'::text, 'CLOSE'::text, 'BRIDGE'::text]))),
    CONSTRAINT side_is_known CHECK ((side = ANY (ARRAY['LONG'::text, 'SHORT'::text]))),
    CONSTRAINT state_is_known CHECK ((state = ANY (ARRAY['RESERVED'::text, 'UNKNOWN'::text, 'WORKING'::text, 'TRIGGERED'::text, 'FILLED'::text, 'EXPIRED'::text, 'CANCELLED'::text, 'REFUSED'::text, 'ABSENT'::text, 'WITHDRAWN'::text])))
);


--
-- Name: orders_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.orders_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: orders_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.orders_id_seq OWNED BY public.orders.id;


--
-- Name: plans; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.plans (
    id bigint NOT NULL,
    account_id bigint NOT NULL,
    symbol text NOT NULL,
    side text NOT NULL,
    amount_usdt numeric NOT NULL,
    leverage bigint NOT NULL,
    tp_usdt numeric NOT NULL,
    sl_usdt numeric NOT NULL,
    basis text NOT NULL,
    reopen_enabled boolean NOT NULL,
    reopen_delay_seconds bigint NOT NULL,
    reopen_maximum bigint,
    reopen_after_target boolean NOT NULL,
    reopen_after_stop boolean NOT NULL,
    state text NOT NULL,
    state_reason text,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT basis_is_known CHECK ((basis = ANY (ARRAY['net'::text, 'gross'::text]))),
    CONSTRAINT side_is_known CHECK ((side = ANY (ARRAY['LONG'::text, 'SHORT'::text]))),
    CONSTRAINT state_is_known CHECK ((state = ANY (ARRAY['ACTIVE'::text, 'PAUSED'::text, 'ENDED'::text])))
);


--
-- Name: plans_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.plans_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: plans_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.plans_id_seq OWNED BY public.plans.id;


--
-- Name: positions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.positions (
    id bigint NOT NULL,
    account_id bigint NOT NULL,
    plan_id bigint NOT NULL,
    parent_position_id bigint,
    sequence bigint NOT NULL,
    reopen_count bigint NOT NULL,
    symbol text NOT NULL,
    side text NOT NULL,
    amount_usdt numeric NOT NULL,
    leverage bigint NOT NULL,
    tp_usdt numeric NOT NULL,
    sl_usdt numeric NOT NULL,
    basis text NOT NULL,
    phase text NOT NULL,
    phase_note text,
    entry_quantity numeric NOT NULL,
    entry_price numeric,
    foreign_quantity numeric NOT NULL,
    exit_quantity numeric NOT NULL,
    exit_price numeric,
    taker_rate numeric NOT NULL,
    stop_price numeric,
    target_price numeric,
    liquidation_price numeric,
    protected_at timestamp with time zone,
    naked_since timestamp with time zone,
    close_reason text,
    close_quantity numeric,
    close_asked_by_person boolean NOT NULL,
    gross_usdt numeric,
    fees_usdt numeric,
    funding_usdt numeric,
    net_usdt numeric,
    result_final boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    opened_at timestamp with time zone,
    closed_at timestamp with time zone,
    reopen_state text NOT NULL,
    reopen_not_before timestamp with time zone,
    reopen_lapses_at timestamp with time zone,
    own_part_only boolean NOT NULL,
    CONSTRAINT basis_is_known CHECK ((basis = ANY (ARRAY['net'::text, 'gross'::text]))),
    CONSTRAINT close_reason_is_known CHECK ((close_reason = ANY (ARRAY['TP'::text, 'SL'::text, 'MANUAL'::text, 'UNPROTECTED'::text, 'LIQUIDATION'::text, 'ADL'::text, 'SETTLEMENT'::text, 'EXTERNAL'::text, 'LOST'::text]))),
    CONSTRAINT phase_is_known CHECK ((phase = ANY (ARRAY['ENTERING'::text, 'OPEN'::text, 'CLOSING'::text, 'CLOSED'::text, 'FAILED'::text]))),
    CONSTRAINT reopen_state_is_known CHECK ((reopen_state = ANY (ARRAY['NONE'::text, 'WAITING'::text, 'DONE'::text, 'SKIPPED'::text, 'LAPSED'::text, 'REFUSED'::text]))),
    CONSTRAINT side_is_known CHECK ((side = ANY (ARRAY['LONG'::text, 'SHORT'::text])))
);


--
-- Name: positions_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.positions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: positions_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.positions_id_seq OWNED BY public.positions.id;


--
-- Name: settings; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.settings (
    name text NOT NULL,
    value jsonb NOT NULL,
    changed_at timestamp with time zone NOT NULL
);


--
-- Name: accounts id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts ALTER COLUMN id SET DEFAULT nextval('public.accounts_id_seq'::regclass);


--
-- Name: api_credentials id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_credentials ALTER COLUMN id SET DEFAULT nextval('public.api_credentials_id_seq'::regclass);


--
-- Name: equity id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.equity ALTER COLUMN id SET DEFAULT nextval('public.equity_id_seq'::regclass);


--
-- Name: fills id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.fills ALTER COLUMN id SET DEFAULT nextval('public.fills_id_seq'::regclass);


--
-- Name: income id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.income ALTER COLUMN id SET DEFAULT nextval('public.income_id_seq'::regclass);


--
-- Name: income_shares id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.income_shares ALTER COLUMN id SET DEFAULT nextval('public.income_shares_id_seq'::regclass);


--
-- Name: journal id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.journal ALTER COLUMN id SET DEFAULT nextval('public.journal_id_seq'::regclass);


--
-- Name: orders id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.orders ALTER COLUMN id SET DEFAULT nextval('public.orders_id_seq'::regclass);


--
-- Name: plans id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.plans ALTER COLUMN id SET DEFAULT nextval('public.plans_id_seq'::regclass);


--
-- Name: positions id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.positions ALTER COLUMN id SET DEFAULT nextval('public.positions_id_seq'::regclass);


--
-- Data for Name: accounts; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.accounts (id, family, alias, first_seen_at) FROM stdin;
1	practice	MzhDOiUI	2026-11-30 06:38:21.80584+00
2	binance test	DNaEbtDZ	2026-11-30 15:44:52.510358+00
\.


--
-- Data for Name: alembic_version; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.alembic_version (version_num) FROM stdin;
0002
\.


--
-- Data for Name: api_credentials; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.api_credentials (id, family, api_key_token, api_secret_token, last_four, created_at) FROM stdin;
1	binance test	gAAAAABrDRntt3GVDuxTAmgpIN4OTl1JpmCnuBDQKwYprnbGEzxjJSeGjnPAf7oWuseN9jcdn20U2_TleeugOZTOcDV5u3oYwA==	gAAAAABrDRntIfGl5to4NKQ9JsucAVl9qigpGpvvQKrGQ4LXDPRp4npdcChonEeq7dZJyVq081w85pHkGIJUCFwPNtiOhzRATUxXzi3GDIH39g2AgJSZJxQ=	ests	2026-11-30 06:38:37.471052+00
\.


--
-- Data for Name: equity; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.equity (id, account_id, at, wallet_usdt, unrealised_usdt, available_usdt) FROM stdin;
1	1	2026-11-30 06:38:21.994151+00	10000.00000000	0.00000000	10000.00000000
2	1	2026-11-30 06:38:22.276754+00	9999.53799945	-0.00110000	9907.13689945
3	1	2026-11-30 06:38:22.596687+00	10010.00013410	0.00000000	10010.00013410
4	1	2026-11-30 06:44:27.747989+00	10010.00013410	0.00000000	10010.00013410
5	1	2026-11-30 06:44:27.840249+00	10009.53813355	-0.00110000	9917.13703355
6	1	2026-11-30 06:44:27.940869+00	10005.00047185	0.00000000	10005.00047185
7	1	2026-11-30 06:44:28.025324+00	10003.00127185	0.00000000	9803.08127185
8	1	2026-11-30 06:44:28.102486+00	10001.99452828	0.00000000	9902.03452828
9	1	2026-11-30 06:44:29.169782+00	10000.98778471	0.00000000	10000.98778471
10	1	2026-11-30 06:44:44.620524+00	10000.49052886	-0.01170000	9901.02882886
11	1	2026-11-30 06:44:44.722939+00	9999.89055886	-0.01170000	9820.43285886
12	1	2026-11-30 15:44:44.980978+00	9999.91110286	-0.01170000	9820.45340286
13	1	2026-11-30 15:44:45.129531+00	10009.48713832	-0.01170000	9910.02543832
14	1	2026-11-30 15:44:45.328257+00	10009.44463782	-0.01270000	9901.48193782
15	1	2026-11-30 15:44:50.506955+00	10009.30588032	-0.02770000	9887.45318032
16	1	2026-11-30 15:44:50.634115+00	10008.90685182	-0.08470000	9807.19715182
17	1	2026-11-30 15:44:50.709254+00	10017.33840582	-0.02770000	9895.48570582
18	1	2026-11-30 15:44:50.840427+00	10017.03845442	-0.17050000	9835.06695442
19	2	2026-11-30 15:44:52.536295+00	2500.00000000	0.00000000	2500.00000000
\.


--
-- Data for Name: fills; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.fills (id, account_id, position_id, order_id, symbol, trade_id, exchange_order_id, client_order_id, side, opening, price, quantity, commission, commission_asset, realized_pnl, maker, traded_at, beside_position_id) FROM stdin;
1	1	1	1	BTCUSDT	228724703	883412000001	\N	LONG	t	84000.10	0.011	0.46200055	USDT	0	f	2026-11-30 06:38:22.229+00	\N
2	1	1	3	BTCUSDT	228724706	883412000002	\N	LONG	f	84993.70	0.011	0.46746535	USDT	10.92960000	f	2026-11-30 06:38:22.437+00	\N
3	1	2	4	BTCUSDT	228725073	883412000003	\N	LONG	t	84000.10	0.011	0.46200055	USDT	0	f	2026-11-30 06:44:27.803+00	\N
4	1	2	5	BTCUSDT	228725075	883412000004	\N	LONG	f	83629.40	0.011	0.45996170	USDT	-4.07770000	f	2026-11-30 06:44:27.868+00	\N
5	1	3	7	ETHUSDT	228725069	883412000005	\N	SHORT	t	2800.00	1.428	1.99920000	USDT	0	f	2026-11-30 06:44:28.003+00	\N
6	1	3	10	ETHUSDT	228725070	883412000006	\N	SHORT	f	2800.01	0.714	0.99960357	USDT	-0.00714000	f	2026-11-30 06:44:28.083+00	\N
7	1	3	11	ETHUSDT	228725072	883412000007	\N	SHORT	f	2800.01	0.714	0.99960357	USDT	-0.00714000	f	2026-11-30 06:44:29.151+00	\N
8	1	5	15	BNBUSDT	228725086	883412000008	\N	LONG	t	850.010	1.17	0.49725585	USDT	0	f	2026-11-30 06:44:44.593+00	\N
9	1	6	18	XRPUSDT	228725086	883412000009	\N	SHORT	t	2.1000	571.4	0.59997000	USDT	0	f	2026-11-30 06:44:44.701+00	\N
10	1	6	20	XRPUSDT	228757488	883412000010	\N	SHORT	f	2.0822	571.4	0.59488454	USDT	10.17092000	f	2026-11-30 15:44:45.092+00	\N
11	1	\N	\N	BNBUSDT	228757487	883412000011	web_8fe10cdbe8252ecf3107	LONG	t	850.010	0.10	0.04250050	USDT	0	f	2026-11-30 15:44:45.186+00	5
12	1	7	\N	LTCUSDT	228757490	883412000013	\N	LONG	t	85.01	1.500	0.06375750	USDT	0	f	2026-11-30 15:44:48.38+00	\N
13	1	8	27	AVAXUSDT	228757492	883412000014	\N	LONG	t	14.0010	57	0.39902850	USDT	0	f	2026-11-30 15:44:50.616+00	\N
14	1	8	29	AVAXUSDT	228757494	883412000015	\N	LONG	f	14.1560	57	0.40344600	USDT	8.83500000	f	2026-11-30 15:44:50.675+00	\N
15	1	9	30	ADAUSDT	228757492	883412000016	\N	LONG	t	0.42010	1428	0.29995140	USDT	0	f	2026-11-30 15:44:50.814+00	\N
\.


--
-- Data for Name: income; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.income (id, account_id, income_type, tran_id, symbol, amount, asset, trade_id, occurred_at) FROM stdin;
1	1	TRANSFER	968932000001		10000.00000000	USDT	\N	2026-11-30 06:38:21.51+00
3	1	COMMISSION	968932000003	BTCUSDT	-0.46200055	USDT	228724703	2026-11-30 06:38:22.229+00
4	1	COMMISSION	968932000004	BTCUSDT	-0.46746535	USDT	228724706	2026-11-30 06:38:22.437+00
5	1	REALIZED_PNL	968932000004	BTCUSDT	10.92960000	USDT	228724706	2026-11-30 06:38:22.437+00
10	1	COMMISSION	968932000005	BTCUSDT	-0.46200055	USDT	228725073	2026-11-30 06:44:27.803+00
11	1	COMMISSION	968932000006	BTCUSDT	-0.45996170	USDT	228725075	2026-11-30 06:44:27.868+00
12	1	REALIZED_PNL	968932000006	BTCUSDT	-4.07770000	USDT	228725075	2026-11-30 06:44:27.868+00
13	1	COMMISSION	968932000007	ETHUSDT	-1.99920000	USDT	228725069	2026-11-30 06:44:28.003+00
14	1	COMMISSION	968932000008	ETHUSDT	-0.99960357	USDT	228725070	2026-11-30 06:44:28.083+00
15	1	REALIZED_PNL	968932000008	ETHUSDT	-0.00714000	USDT	228725070	2026-11-30 06:44:28.083+00
16	1	COMMISSION	968932000009	ETHUSDT	-0.99960357	USDT	228725072	2026-11-30 06:44:29.151+00
17	1	REALIZED_PNL	968932000009	ETHUSDT	-0.00714000	USDT	228725072	2026-11-30 06:44:29.151+00
30	1	COMMISSION	968932000010	BNBUSDT	-0.49725585	USDT	228725086	2026-11-30 06:44:44.593+00
31	1	COMMISSION	968932000011	XRPUSDT	-0.59997000	USDT	228725086	2026-11-30 06:44:44.701+00
32	1	FUNDING_FEE	968932000012	BNBUSDT	-0.09945000	USDT	\N	2026-11-30 08:00:00+00
33	1	FUNDING_FEE	968932000013	XRPUSDT	0.11999400	USDT	\N	2026-11-30 08:00:00+00
\.


--
-- Data for Name: income_shares; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.income_shares (id, income_id, position_id, amount) FROM stdin;
1	32	5	-0.09945000
2	33	6	0.11999400
\.


--
-- Data for Name: instructions; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.instructions (id, account_id, kind, position_id, plan_id, terms, created_at, lapses_at, consumed_at, outcome) FROM stdin;
test-1-425458288152	1	OPEN	\N	1	{"side": "LONG", "basis": "net", "reopen": {"enabled": true, "maximum": 3, "after_stop": true, "after_target": true, "delay_seconds": 300}, "symbol": "BTCUSDT", "sl_usdt": "5", "tp_usdt": "10", "leverage": 10, "amount_usdt": "100"}	2026-11-30 06:38:22.092378+00	2026-11-30 06:39:22.092378+00	2026-11-30 06:38:22.178672+00	BTCUSDT LONG is being opened.
test-2-431313019235	1	OPEN	\N	2	{"side": "SHORT", "basis": "net", "reopen": {"enabled": false, "maximum": null, "after_stop": true, "after_target": true, "delay_seconds": 300}, "symbol": "ETHUSDT", "sl_usdt": "8", "tp_usdt": "12", "leverage": 20, "amount_usdt": "200"}	2026-11-30 06:44:27.946879+00	2026-11-30 06:45:27.946879+00	2026-11-30 06:44:27.991142+00	ETHUSDT SHORT is being opened.
4ceb2bc61a6f474783ed98d539d4867a	1	CLOSE	3	\N	{"share": "0.5"}	2026-11-30 06:44:28.062524+00	\N	2026-11-30 06:44:28.072027+00	0.714 of ETHUSDT SHORT is being closed, the rest stays protected.
test-3-431481023993	1	CLOSE	3	\N	{}	2026-11-30 06:44:28.114848+00	\N	2026-11-30 06:44:28.12426+00	ETHUSDT SHORT is being closed.
test-4-432553193005	1	OPEN	\N	3	{"side": "LONG", "basis": "net", "reopen": {"enabled": false, "maximum": null, "after_stop": true, "after_target": true, "delay_seconds": 300}, "symbol": "SOLUSDT", "sl_usdt": "5", "tp_usdt": "10", "leverage": 15, "amount_usdt": "100"}	2026-11-30 06:44:29.187049+00	2026-11-30 06:45:29.187049+00	2026-11-30 06:44:29.22034+00	SOLUSDT LONG is being opened.
test-5-432792415749	1	OPEN	\N	4	{"side": "LONG", "basis": "net", "reopen": {"enabled": true, "maximum": null, "after_stop": true, "after_target": true, "delay_seconds": 900}, "symbol": "BNBUSDT", "sl_usdt": "7", "tp_usdt": "14", "leverage": 10, "amount_usdt": "100"}	2026-11-30 06:44:44.425721+00	2026-11-30 06:45:44.425721+00	2026-11-30 06:44:44.54466+00	BNBUSDT LONG is being opened.
test-6-433018489842	1	OPEN	\N	5	{"side": "SHORT", "basis": "net", "reopen": {"enabled": false, "maximum": null, "after_stop": true, "after_target": true, "delay_seconds": 300}, "symbol": "XRPUSDT", "sl_usdt": "6", "tp_usdt": "9", "leverage": 15, "amount_usdt": "80"}	2026-11-30 06:44:44.651796+00	2026-11-30 06:45:44.651796+00	2026-11-30 06:44:44.682684+00	XRPUSDT SHORT is being opened.
test-7-433514305300	1	EDIT_PROTECTION	5	\N	{"stop_price": "846.00", "target_price": "864.00"}	2026-11-30 15:44:45.148125+00	\N	2026-11-30 15:44:45.142964+00	Stop and target are being moved; there is a stop on the exchange all the time.
8eaa6abade544baa97f3cc9df4439cb1	1	IGNORE_FOREIGN	\N	\N	{"side": "LONG", "symbol": "BNBUSDT"}	2026-11-30 15:44:45.333891+00	\N	2026-11-30 15:44:45.339605+00	BNBUSDT LONG: stop and target take only the bot's own 1.17 from now on; the other 0.1 is left alone.
90741014e681442c8f353bb59fea09bb	1	ADOPT	\N	\N	{"side": "LONG", "symbol": "LTCUSDT", "sl_usdt": "5", "tp_usdt": "10"}	2026-11-30 15:44:50.464998+00	2026-11-30 15:45:50.464998+00	2026-11-30 15:44:50.490486+00	LTCUSDT LONG is taken over and gets a stop-loss now.
ea22e66993e84c48835c927a2ab9a96f	1	IGNORE_FOREIGN	\N	\N	{"side": "SHORT", "symbol": "DOGEUSDT"}	2026-11-30 15:44:50.517494+00	\N	2026-11-30 15:44:50.526508+00	DOGEUSDT SHORT is left alone until its size changes.
test-8-438925103562	1	OPEN	\N	7	{"side": "LONG", "basis": "net", "reopen": {"enabled": true, "maximum": 20, "after_stop": true, "after_target": true, "delay_seconds": 3600}, "symbol": "AVAXUSDT", "sl_usdt": "6", "tp_usdt": "8", "leverage": 10, "amount_usdt": "80"}	2026-11-30 15:44:50.558948+00	2026-11-30 15:45:50.558948+00	2026-11-30 15:44:50.601079+00	AVAXUSDT LONG is being opened.
test-9-439094930882	1	OPEN	\N	8	{"side": "LONG", "basis": "net", "reopen": {"enabled": true, "maximum": null, "after_stop": true, "after_target": true, "delay_seconds": 900}, "symbol": "ADAUSDT", "sl_usdt": "5", "tp_usdt": "6", "leverage": 10, "amount_usdt": "60"}	2026-11-30 15:44:50.728736+00	2026-11-30 15:45:50.728736+00	2026-11-30 15:44:50.785396+00	ADAUSDT LONG is being opened.
test-10-439276866364	1	PAUSE_PLAN	\N	8	{}	2026-11-30 15:44:50.910659+00	\N	2026-11-30 15:44:50.923837+00	It does not open again until you resume it. An open position stays protected.
test-11-439317183535	1	OPEN	\N	\N	{"side": "LONG", "basis": "net", "reopen": {"enabled": false, "maximum": null, "after_stop": true, "after_target": true, "delay_seconds": 300}, "symbol": "ADAUSDT", "sl_usdt": "5", "tp_usdt": "10", "leverage": 10, "amount_usdt": "60"}	2026-11-30 15:44:50.951153+00	2026-11-30 15:45:50.951153+00	2026-11-30 15:44:50.98492+00	Nothing was sent: ADAUSDT LONG is open already.
test-12-439371160853	1	PAUSE_ALL	\N	\N	{}	2026-11-30 15:44:51.004956+00	\N	2026-11-30 15:44:51.025886+00	Opening is paused; open positions stay protected.
\.


--
-- Data for Name: journal; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.journal (id, account_id, position_id, at, severity, event, text, details) FROM stdin;
1	1	\N	2026-11-30 06:38:21.80584+00	INFO	signed_in	Signed in to practice, account MzhDOiUI.	{}
2	1	1	2026-11-30 06:38:22.178672+00	INFO	opening	Opening BTCUSDT LONG at market.	{"quantity": "0.011"}
3	1	1	2026-11-30 06:38:22.244898+00	GOOD	opened	Opened BTCUSDT LONG: 0.011 at 84 000.1.	{"quantity": "0.011", "entry_price": "84000.1"}
4	1	1	2026-11-30 06:38:22.286657+00	INFO	protected	Stop-loss of BTCUSDT LONG rests on the exchange at 83 629.4.	{"seconds_without": "0.042"}
5	1	1	2026-11-30 06:38:22.557235+00	GOOD	closed	BTCUSDT LONG: Closed by take-profit, +10.00 USDT after fees.	{"net_usdt": "10.0001341"}
6	1	2	2026-11-30 06:44:27.76867+00	INFO	opening	Opening BTCUSDT LONG at market.	{"quantity": "0.011"}
7	1	2	2026-11-30 06:44:27.819587+00	GOOD	opened	Opened BTCUSDT LONG: 0.011 at 84 000.1.	{"quantity": "0.011", "entry_price": "84000.1"}
8	1	2	2026-11-30 06:44:27.840673+00	INFO	protected	Stop-loss of BTCUSDT LONG rests on the exchange at 83 629.4.	{"seconds_without": "0.021"}
9	1	2	2026-11-30 06:44:27.904789+00	INFO	closed	BTCUSDT LONG: Closed by stop-loss, −5.00 USDT after fees.	{"net_usdt": "-4.99966225"}
10	1	3	2026-11-30 06:44:27.991142+00	INFO	opening	Opening ETHUSDT SHORT at market.	{"quantity": "1.428"}
11	1	3	2026-11-30 06:44:28.013447+00	GOOD	opened	Opened ETHUSDT SHORT: 1.428 at 2 800.00.	{"quantity": "1.428", "entry_price": "2800"}
12	1	3	2026-11-30 06:44:28.025642+00	INFO	protected	Stop-loss of ETHUSDT SHORT rests on the exchange at 2 802.80.	{"seconds_without": "0.012"}
13	1	3	2026-11-30 06:44:28.072027+00	INFO	close_part_asked	You asked to close 0.714 of ETHUSDT SHORT.	{}
14	1	3	2026-11-30 06:44:28.072027+00	INFO	closing	ETHUSDT SHORT: closing at market, as you asked.	{}
15	1	3	2026-11-30 06:44:28.12426+00	INFO	close_asked	You asked to close ETHUSDT SHORT.	{}
16	1	3	2026-11-30 06:44:29.139473+00	INFO	closing	ETHUSDT SHORT: closing at market, as you asked.	{}
17	1	3	2026-11-30 06:44:29.170371+00	INFO	closed	ETHUSDT SHORT: Closed by you, −4.01 USDT after fees.	{"net_usdt": "-4.01268714"}
18	1	4	2026-11-30 06:44:29.22034+00	INFO	opening	Opening SOLUSDT LONG at market.	{"quantity": "10.71"}
19	1	4	2026-11-30 06:44:29.244665+00	WARNING	no_answer	Entry order of SOLUSDT LONG: no answer yet; the bot asks until it knows.	{"client_order_id": "t1-t2efs8-4-e-1"}
20	1	4	2026-11-30 06:44:44.393765+00	WARNING	not_opened	SOLUSDT LONG was not opened: the order never arrived at the exchange.	{}
21	1	\N	2026-11-30 06:44:27.730769+00	WARNING	problem_began	The practice exchange has not answered for 16 s. The bot opens nothing new and tries again every second. You need not do anything.	{"code": "silent"}
22	1	\N	2026-11-30 06:44:44.473388+00	GOOD	problem_ended	Over after 16 s: The practice exchange has not answered for 16 s.	{"code": "silent"}
23	1	5	2026-11-30 06:44:44.54466+00	INFO	opening	Opening BNBUSDT LONG at market.	{"quantity": "1.17"}
24	1	5	2026-11-30 06:44:44.599335+00	GOOD	opened	Opened BNBUSDT LONG: 1.17 at 850.01.	{"quantity": "1.17", "entry_price": "850.01"}
25	1	5	2026-11-30 06:44:44.621272+00	INFO	protected	Stop-loss of BNBUSDT LONG rests on the exchange at 844.88.	{"seconds_without": "0.022"}
26	1	6	2026-11-30 06:44:44.682684+00	INFO	opening	Opening XRPUSDT SHORT at market.	{"quantity": "571.4"}
27	1	6	2026-11-30 06:44:44.706407+00	GOOD	opened	Opened XRPUSDT SHORT: 571.4 at 2.1000.	{"quantity": "571.4", "entry_price": "2.1"}
28	1	6	2026-11-30 06:44:44.723575+00	INFO	protected	Stop-loss of XRPUSDT SHORT rests on the exchange at 2.1083.	{"seconds_without": "0.017"}
29	1	2	2026-11-30 15:44:44.969827+00	WARNING	not_reopened	BTCUSDT LONG was not opened again: it could not be opened again in time.	{}
30	1	6	2026-11-30 15:44:45.112126+00	GOOD	closed	XRPUSDT SHORT: Closed by take-profit, +9.10 USDT after fees.	{"net_usdt": "9.09605946"}
31	1	5	2026-11-30 15:44:45.142964+00	INFO	protection_edited	You changed stop and target of BNBUSDT LONG: 846.00 and 864.00.	{}
32	1	5	2026-11-30 15:44:45.312628+00	WARNING	foreign_fill	0.1 was added to BNBUSDT LONG by somebody else.	{"client_order_id": "web_8fe10cdbe8252ecf3107"}
33	1	\N	2026-11-30 15:44:45.325845+00	WARNING	problem_began	Somebody else added to a position of the bot. 0.1 of BNBUSDT LONG. Stop-loss and target would close that too. Say on Positions what is to be done: adopt it, close it or ignore it.	{"code": "joined"}
34	1	5	2026-11-30 15:44:45.339605+00	WARNING	foreign_part_left	You left the 0.1 that somebody else added to BNBUSDT LONG alone: it has no stop-loss of the bot.	{}
35	1	\N	2026-11-30 15:44:45.34986+00	GOOD	problem_ended	Over after 0 s: Somebody else added to a position of the bot.	{"code": "joined"}
36	1	7	2026-11-30 15:44:50.490486+00	GOOD	adopted	You took over LTCUSDT LONG; the bot protects it now.	{}
37	1	7	2026-11-30 15:44:50.509096+00	INFO	protected	Stop-loss of LTCUSDT LONG rests on the exchange at 81.77.	{"seconds_without": "0.019"}
38	1	8	2026-11-30 15:44:50.601079+00	INFO	opening	Opening AVAXUSDT LONG at market.	{"quantity": "57"}
39	1	8	2026-11-30 15:44:50.62049+00	GOOD	opened	Opened AVAXUSDT LONG: 57 at 14.001.	{"quantity": "57", "entry_price": "14.001"}
40	1	8	2026-11-30 15:44:50.634685+00	INFO	protected	Stop-loss of AVAXUSDT LONG rests on the exchange at 13.910.	{"seconds_without": "0.014"}
41	1	8	2026-11-30 15:44:50.689547+00	GOOD	closed	AVAXUSDT LONG: Closed by take-profit, +8.03 USDT after fees.	{"net_usdt": "8.0325255"}
42	1	9	2026-11-30 15:44:50.785396+00	INFO	opening	Opening ADAUSDT LONG at market.	{"quantity": "1428"}
43	1	9	2026-11-30 15:44:50.819243+00	GOOD	opened	Opened ADAUSDT LONG: 1 428 at 0.4201.	{"quantity": "1428", "entry_price": "0.4201"}
44	1	9	2026-11-30 15:44:50.846747+00	INFO	protected	Stop-loss of ADAUSDT LONG rests on the exchange at 0.4171.	{"seconds_without": "0.028"}
45	\N	\N	2026-11-30 06:38:37.140845+00	WARNING	problem_began	No API keys yet. Open Settings and paste your test keys, or go back to the practice exchange. Nothing is being traded.	{"code": "no_keys"}
46	\N	\N	2026-11-30 06:38:37.472304+00	INFO	keys_saved	You saved API keys ending in ests for Binance testnet.	{}
47	2	\N	2026-11-30 15:44:52.510358+00	INFO	signed_in	Signed in to testnet, account DNaEbtDZ.	{}
48	2	\N	2026-11-30 15:44:52.510358+00	GOOD	problem_ended	Over after 9 h 6 min: No API keys yet.	{"code": "no_keys"}
\.


--
-- Data for Name: lease; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.lease (id, epoch, instance, cycle_at) FROM stdin;
1	2	bot-home-8983-215f5e17	2026-11-30 06:38:37.100377+00
\.


--
-- Data for Name: orders; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.orders (id, account_id, position_id, client_order_id, purpose, attempt, symbol, side, quantity, trigger_price, close_reason, state, stamp, exchange_order_id, algo_id, executed_quantity, triggered_at, answer_code, answer_text, not_before, ask_count, created_at, settled_at) FROM stdin;
1	1	1	t1-t2efs8-1-e-1	ENTRY	1	BTCUSDT	LONG	0.011	\N	\N	FILLED	2026-11-30 06:38:22.178672+00	883412000001	\N	0.011	\N	\N	accepted	\N	0	2026-11-30 06:38:22.178672+00	2026-11-30 06:38:22.244898+00
2	1	1	t1-t2efs8-1-s-1	STOP	1	BTCUSDT	LONG	\N	83629.4	\N	EXPIRED	2026-11-30 06:38:22.244898+00	\N	4100000000000001	0	\N	\N	accepted	\N	0	2026-11-30 06:38:22.178672+00	2026-11-30 06:38:22.557235+00
3	1	1	t1-t2efs8-1-t-1	TARGET	1	BTCUSDT	LONG	\N	84993.7	\N	FILLED	2026-11-30 06:38:22.286657+00	883412000002	4100000000000002	0.011	2026-11-30 06:38:22.437+00	\N	accepted	\N	0	2026-11-30 06:38:22.178672+00	2026-11-30 06:38:22.557235+00
4	1	2	t1-t2efs8-2-e-1	ENTRY	1	BTCUSDT	LONG	0.011	\N	\N	FILLED	2026-11-30 06:44:27.76867+00	883412000003	\N	0.011	\N	\N	accepted	\N	0	2026-11-30 06:44:27.76867+00	2026-11-30 06:44:27.819587+00
5	1	2	t1-t2efs8-2-s-1	STOP	1	BTCUSDT	LONG	\N	83629.4	\N	FILLED	2026-11-30 06:44:27.819587+00	883412000004	4100000000000003	0.011	2026-11-30 06:44:27.868+00	\N	accepted	\N	0	2026-11-30 06:44:27.76867+00	2026-11-30 06:44:27.904789+00
6	1	2	t1-t2efs8-2-t-1	TARGET	1	BTCUSDT	LONG	\N	84993.7	\N	EXPIRED	2026-11-30 06:44:27.840673+00	\N	4100000000000004	0	\N	\N	accepted	\N	0	2026-11-30 06:44:27.76867+00	2026-11-30 06:44:27.904789+00
7	1	3	t1-t2efs8-3-e-1	ENTRY	1	ETHUSDT	SHORT	1.428	\N	\N	FILLED	2026-11-30 06:44:27.991142+00	883412000005	\N	1.428	\N	\N	accepted	\N	0	2026-11-30 06:44:27.991142+00	2026-11-30 06:44:28.013447+00
10	1	3	t1-t2efs8-3-c-1	CLOSE	1	ETHUSDT	SHORT	0.7140	\N	MANUAL	FILLED	2026-11-30 06:44:28.072027+00	883412000006	\N	0.714	\N	\N	accepted	\N	0	2026-11-30 06:44:28.072027+00	2026-11-30 06:44:28.089826+00
11	1	3	t1-t2efs8-3-c-2	CLOSE	2	ETHUSDT	SHORT	0.714	\N	MANUAL	FILLED	2026-11-30 06:44:29.139473+00	883412000007	\N	0.714	\N	\N	accepted	\N	0	2026-11-30 06:44:29.139473+00	2026-11-30 06:44:29.158715+00
9	1	3	t1-t2efs8-3-t-1	TARGET	1	ETHUSDT	SHORT	\N	2788.80	\N	EXPIRED	2026-11-30 06:44:28.025642+00	\N	4100000000000006	0	\N	\N	accepted	\N	0	2026-11-30 06:44:27.991142+00	2026-11-30 06:44:29.158715+00
8	1	3	t1-t2efs8-3-s-1	STOP	1	ETHUSDT	SHORT	\N	2802.80	\N	EXPIRED	2026-11-30 06:44:28.013447+00	\N	4100000000000005	0	\N	\N	accepted	\N	0	2026-11-30 06:44:27.991142+00	2026-11-30 06:44:29.158715+00
23	1	5	t1-t2efs8-5-t-2	TARGET	2	BNBUSDT	LONG	\N	864.00	\N	CANCELLED	2026-11-30 15:44:45.239642+00	\N	4100000000000013	0	\N	\N	accepted	\N	0	2026-11-30 15:44:45.239642+00	2026-11-30 15:44:46.417391+00
12	1	4	t1-t2efs8-4-e-1	ENTRY	1	SOLUSDT	LONG	10.71	\N	\N	ABSENT	2026-11-30 06:44:29.22034+00	\N	\N	0	\N	\N	outcome unknown for order t1-t2efs8-4-e-1: no answer (ConnectionError)	\N	1	2026-11-30 06:44:29.22034+00	2026-11-30 06:44:44.393765+00
13	1	4	t1-t2efs8-4-s-1	STOP	1	SOLUSDT	LONG	\N	139.69	\N	WITHDRAWN	\N	\N	\N	0	\N	\N	\N	\N	0	2026-11-30 06:44:29.22034+00	2026-11-30 06:44:44.393765+00
14	1	4	t1-t2efs8-4-t-1	TARGET	1	SOLUSDT	LONG	\N	141.09	\N	WITHDRAWN	\N	\N	\N	0	\N	\N	\N	\N	0	2026-11-30 06:44:29.22034+00	2026-11-30 06:44:44.393765+00
15	1	5	t1-t2efs8-5-e-1	ENTRY	1	BNBUSDT	LONG	1.17	\N	\N	FILLED	2026-11-30 06:44:44.54466+00	883412000008	\N	1.17	\N	\N	accepted	\N	0	2026-11-30 06:44:44.54466+00	2026-11-30 06:44:44.599335+00
18	1	6	t1-t2efs8-6-e-1	ENTRY	1	XRPUSDT	SHORT	571.4	\N	\N	FILLED	2026-11-30 06:44:44.682684+00	883412000009	\N	571.4	\N	\N	accepted	\N	0	2026-11-30 06:44:44.682684+00	2026-11-30 06:44:44.706407+00
19	1	6	t1-t2efs8-6-s-1	STOP	1	XRPUSDT	SHORT	\N	2.1083	\N	EXPIRED	2026-11-30 06:44:44.706407+00	\N	4100000000000009	0	\N	\N	accepted	\N	0	2026-11-30 06:44:44.682684+00	2026-11-30 15:44:45.112126+00
20	1	6	t1-t2efs8-6-t-1	TARGET	1	XRPUSDT	SHORT	\N	2.0821	\N	FILLED	2026-11-30 06:44:44.723575+00	883412000010	4100000000000010	571.4	2026-11-30 15:44:45.092+00	\N	accepted	\N	0	2026-11-30 06:44:44.682684+00	2026-11-30 15:44:45.112126+00
16	1	5	t1-t2efs8-5-s-1	STOP	1	BNBUSDT	LONG	\N	844.88	\N	CANCELLED	2026-11-30 06:44:44.599335+00	\N	4100000000000007	0	\N	\N	accepted	\N	0	2026-11-30 06:44:44.54466+00	2026-11-30 15:44:45.191569+00
21	1	5	t1-t2efs8-5-b-1	BRIDGE	1	BNBUSDT	LONG	1.17	846.00	\N	WORKING	2026-11-30 15:44:45.142964+00	\N	4100000000000011	0	\N	\N	accepted	\N	0	2026-11-30 15:44:45.142964+00	2026-11-30 15:44:45.169756+00
27	1	8	t1-t2efs8-8-e-1	ENTRY	1	AVAXUSDT	LONG	57	\N	\N	FILLED	2026-11-30 15:44:50.601079+00	883412000014	\N	57	\N	\N	accepted	\N	0	2026-11-30 15:44:50.601079+00	2026-11-30 15:44:50.62049+00
17	1	5	t1-t2efs8-5-t-1	TARGET	1	BNBUSDT	LONG	\N	862.84	\N	CANCELLED	2026-11-30 06:44:44.621272+00	\N	4100000000000008	0	\N	\N	accepted	\N	0	2026-11-30 06:44:44.54466+00	2026-11-30 15:44:45.239642+00
24	1	5	t1-t2efs8-5-t-3	TARGET	3	BNBUSDT	LONG	1.17	864.00	\N	WORKING	2026-11-30 15:44:46.417391+00	\N	4100000000000014	0	\N	\N	accepted	\N	0	2026-11-30 15:44:46.417391+00	2026-11-30 15:44:46.441252+00
22	1	5	t1-t2efs8-5-s-2	STOP	2	BNBUSDT	LONG	\N	846.00	\N	CANCELLED	2026-11-30 15:44:45.191569+00	\N	4100000000000012	0	\N	\N	accepted	\N	0	2026-11-30 15:44:45.191569+00	2026-11-30 15:44:46.390559+00
25	1	7	t1-t2efs8-7-s-1	STOP	1	LTCUSDT	LONG	\N	81.77	\N	WORKING	2026-11-30 15:44:50.490486+00	\N	4100000000000015	0	\N	\N	accepted	\N	0	2026-11-30 15:44:50.490486+00	2026-11-30 15:44:50.509096+00
26	1	7	t1-t2efs8-7-t-1	TARGET	1	LTCUSDT	LONG	\N	91.77	\N	WORKING	2026-11-30 15:44:50.509096+00	\N	4100000000000016	0	\N	\N	accepted	\N	0	2026-11-30 15:44:50.509096+00	2026-11-30 15:44:50.526508+00
29	1	8	t1-t2efs8-8-t-1	TARGET	1	AVAXUSDT	LONG	\N	14.156	\N	FILLED	2026-11-30 15:44:50.634685+00	883412000015	4100000000000018	57	2026-11-30 15:44:50.675+00	\N	accepted	\N	0	2026-11-30 15:44:50.601079+00	2026-11-30 15:44:50.689547+00
28	1	8	t1-t2efs8-8-s-1	STOP	1	AVAXUSDT	LONG	\N	13.910	\N	EXPIRED	2026-11-30 15:44:50.62049+00	\N	4100000000000017	0	\N	\N	accepted	\N	0	2026-11-30 15:44:50.601079+00	2026-11-30 15:44:50.689547+00
30	1	9	t1-t2efs8-9-e-1	ENTRY	1	ADAUSDT	LONG	1428	\N	\N	FILLED	2026-11-30 15:44:50.785396+00	883412000016	\N	1428	\N	\N	accepted	\N	0	2026-11-30 15:44:50.785396+00	2026-11-30 15:44:50.819243+00
31	1	9	t1-t2efs8-9-s-1	STOP	1	ADAUSDT	LONG	\N	0.4171	\N	WORKING	2026-11-30 15:44:50.819243+00	\N	4100000000000019	0	\N	\N	accepted	\N	0	2026-11-30 15:44:50.785396+00	2026-11-30 15:44:50.846747+00
32	1	9	t1-t2efs8-9-t-1	TARGET	1	ADAUSDT	LONG	\N	0.4248	\N	WORKING	2026-11-30 15:44:50.846747+00	\N	4100000000000020	0	\N	\N	accepted	\N	0	2026-11-30 15:44:50.785396+00	2026-11-30 15:44:50.878634+00
\.


--
-- Data for Name: plans; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.plans (id, account_id, symbol, side, amount_usdt, leverage, tp_usdt, sl_usdt, basis, reopen_enabled, reopen_delay_seconds, reopen_maximum, reopen_after_target, reopen_after_stop, state, state_reason, created_at) FROM stdin;
2	1	ETHUSDT	SHORT	200	20	12	8	net	f	300	\N	t	t	ENDED	\N	2026-11-30 06:44:27.991142+00
3	1	SOLUSDT	LONG	100	15	10	5	net	f	300	\N	t	t	ENDED	the order never arrived at the exchange.	2026-11-30 06:44:29.22034+00
4	1	BNBUSDT	LONG	100	10	14	7	net	t	900	\N	t	t	ACTIVE	\N	2026-11-30 06:44:44.54466+00
1	1	BTCUSDT	LONG	100	10	10	5	net	t	300	3	t	t	PAUSED	it could not be opened again in time.	2026-11-30 06:38:22.178672+00
5	1	XRPUSDT	SHORT	80	15	9	6	net	f	300	\N	t	t	ENDED	\N	2026-11-30 06:44:44.682684+00
6	1	LTCUSDT	LONG	6.37575	20	10	5	net	f	300	\N	f	f	ACTIVE	\N	2026-11-30 15:44:50.490486+00
7	1	AVAXUSDT	LONG	80	10	8	6	net	t	3600	20	t	t	ACTIVE	\N	2026-11-30 15:44:50.601079+00
8	1	ADAUSDT	LONG	60	10	6	5	net	t	900	\N	t	t	PAUSED	you paused it.	2026-11-30 15:44:50.785396+00
\.


--
-- Data for Name: positions; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.positions (id, account_id, plan_id, parent_position_id, sequence, reopen_count, symbol, side, amount_usdt, leverage, tp_usdt, sl_usdt, basis, phase, phase_note, entry_quantity, entry_price, foreign_quantity, exit_quantity, exit_price, taker_rate, stop_price, target_price, liquidation_price, protected_at, naked_since, close_reason, close_quantity, close_asked_by_person, gross_usdt, fees_usdt, funding_usdt, net_usdt, result_final, created_at, opened_at, closed_at, reopen_state, reopen_not_before, reopen_lapses_at, own_part_only) FROM stdin;
1	1	1	\N	1	0	BTCUSDT	LONG	100	10	10	5	net	CLOSED	\N	0.011	84000.1	0	0.011	84993.7	0.000500	83629.4	84993.7	\N	\N	\N	TP	\N	f	10.9296	0.9294659	0.00000000	10.0001341	t	2026-11-30 06:38:22.178672+00	2026-11-30 06:38:22.229+00	2026-11-30 06:38:22.437+00	DONE	2026-11-30 06:43:22.437+00	2026-11-30 06:53:22.437+00	f
2	1	1	1	2	1	BTCUSDT	LONG	100	10	10	5	net	CLOSED	\N	0.011	84000.1	0	0.011	83629.4	0.000500	83629.4	84993.7	\N	\N	\N	SL	\N	f	-4.0777	0.92196225	0.00000000	-4.99966225	t	2026-11-30 06:44:27.76867+00	2026-11-30 06:44:27.803+00	2026-11-30 06:44:27.868+00	LAPSED	2026-11-30 06:49:27.868+00	2026-11-30 06:59:27.868+00	f
3	1	2	\N	1	0	ETHUSDT	SHORT	200	20	12	8	net	CLOSED	\N	1.428	2800	0	1.428	2800.01	0.000500	2802.80	2788.80	9765.8394934617273204102358074703985179729262222817	\N	\N	MANUAL	\N	t	-0.01428	3.99840714	0.0000	-4.01268714	t	2026-11-30 06:44:27.991142+00	2026-11-30 06:44:28.003+00	2026-11-30 06:44:29.151+00	NONE	\N	\N	f
6	1	5	\N	1	0	XRPUSDT	SHORT	80	15	9	6	net	CLOSED	\N	571.4	2.1	0	571.4	2.0822	0.000500	2.1083	2.0821	19.49452405	\N	\N	TP	\N	f	10.17092	1.19485454	0.119994	9.09605946	f	2026-11-30 06:44:44.682684+00	2026-11-30 06:44:44.701+00	2026-11-30 15:44:45.092+00	NONE	\N	\N	f
4	1	3	\N	1	0	SOLUSDT	LONG	100	15	10	5	net	FAILED	the order never arrived at the exchange.	0	\N	0	0	\N	0.000500	139.69	141.09	\N	\N	\N	\N	\N	f	\N	\N	\N	\N	f	2026-11-30 06:44:29.22034+00	\N	\N	NONE	\N	\N	f
5	1	4	\N	1	0	BNBUSDT	LONG	100	10	14	7	net	OPEN	\N	1.17	850.01	0.10	0	\N	0.000500	846.00	864.00	\N	2026-11-30 06:44:44.621272+00	\N	\N	\N	f	0	0.49725585	-0.09945000	-0.59670585	f	2026-11-30 06:44:44.54466+00	2026-11-30 06:44:44.593+00	\N	NONE	\N	\N	t
7	1	6	\N	1	0	LTCUSDT	LONG	6.37575	20	10	5	net	OPEN	\N	1.5	85.01	0	0	\N	0.000500	81.77	91.77	\N	2026-11-30 15:44:50.509096+00	\N	\N	\N	f	0	0.0637575	0.0000000	-0.0637575	f	2026-11-30 15:44:50.477589+00	2026-11-30 15:44:48.38+00	\N	NONE	\N	\N	f
8	1	7	\N	1	0	AVAXUSDT	LONG	80	10	8	6	net	CLOSED	\N	57	14.001	0	57	14.156	0.000500	13.910	14.156	\N	\N	\N	TP	\N	f	8.835	0.8024745	0.0000000	8.0325255	f	2026-11-30 15:44:50.601079+00	2026-11-30 15:44:50.616+00	2026-11-30 15:44:50.675+00	WAITING	2026-11-30 16:44:50.675+00	2026-11-30 16:54:50.675+00	f
9	1	8	\N	1	0	ADAUSDT	LONG	60	10	6	5	net	OPEN	\N	1428	0.4201	0	0	\N	0.000500	0.4171	0.4248	\N	2026-11-30 15:44:50.846747+00	\N	\N	\N	f	0	0.2999514	0.0000000	-0.2999514	f	2026-11-30 15:44:50.785396+00	2026-11-30 15:44:50.814+00	\N	NONE	\N	\N	f
\.


--
-- Data for Name: settings; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.settings (name, value, changed_at) FROM stdin;
install	{"id": "t2efs8"}	2026-11-30 06:38:21.678357+00
presets	{"presets": [{"name": "Steady BTC", "side": "LONG", "stop": "5", "unit": "usdt", "basis": "net", "amount": "100", "reopen": {"enabled": true, "maximum": null, "after_stop": true, "after_target": true, "delay_seconds": 300}, "symbol": "BTCUSDT", "target": "10", "measure": "margin", "leverage": 10, "exit_unit": "usdt"}]}	2026-11-30 06:38:22.064694+00
income_read_1	{"until": "2026-11-30T15:44:44.969827+00:00"}	2026-11-30 06:38:30.008134+00
ignored_1	{"DOGEUSDT SHORT": "1000"}	2026-11-30 06:38:35.526942+00
opening_paused_1	{"on": true}	2026-11-30 06:38:36.026244+00
encryption	{"salt": "bfbe2021e79ec8a7c702a16350cc16ed", "check": "gAAAAABrDRntdd2TcbcKS37tYUhde0f84iYfuiNCtzZliiqlBIoXHMk4ciin63DFAAl_1a2CohoNTyW5jZdnIdfbO36iGBQo4I957RJwGeHchAJK1OmXjlM="}	2026-11-30 06:38:37.122597+00
income_read_2	{"until": "2026-11-30T15:44:52.519288+00:00"}	2026-11-30 06:38:37.548022+00
\.


--
-- Name: accounts_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.accounts_id_seq', 2, true);


--
-- Name: api_credentials_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.api_credentials_id_seq', 1, true);


--
-- Name: equity_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.equity_id_seq', 19, true);


--
-- Name: fills_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.fills_id_seq', 15, true);


--
-- Name: income_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.income_id_seq', 33, true);


--
-- Name: income_shares_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.income_shares_id_seq', 2, true);


--
-- Name: journal_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.journal_id_seq', 48, true);


--
-- Name: orders_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.orders_id_seq', 32, true);


--
-- Name: plans_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.plans_id_seq', 8, true);


--
-- Name: positions_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.positions_id_seq', 9, true);


--
-- Name: accounts accounts_family_alias_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_family_alias_key UNIQUE (family, alias);


--
-- Name: accounts accounts_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);


--
-- Name: alembic_version alembic_version_pkc; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);


--
-- Name: api_credentials api_credentials_family_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_credentials
    ADD CONSTRAINT api_credentials_family_key UNIQUE (family);


--
-- Name: api_credentials api_credentials_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_credentials
    ADD CONSTRAINT api_credentials_pkey PRIMARY KEY (id);


--
-- Name: equity equity_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.equity
    ADD CONSTRAINT equity_pkey PRIMARY KEY (id);


--
-- Name: fills fills_account_id_symbol_trade_id_position_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.fills
    ADD CONSTRAINT fills_account_id_symbol_trade_id_position_id_key UNIQUE (account_id, symbol, trade_id, position_id);


--
-- Name: fills fills_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.fills
    ADD CONSTRAINT fills_pkey PRIMARY KEY (id);


--
-- Name: income income_account_id_income_type_tran_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.income
    ADD CONSTRAINT income_account_id_income_type_tran_id_key UNIQUE (account_id, income_type, tran_id);


--
-- Name: income income_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.income
    ADD CONSTRAINT income_pkey PRIMARY KEY (id);


--
-- Name: income_shares income_shares_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.income_shares
    ADD CONSTRAINT income_shares_pkey PRIMARY KEY (id);


--
-- Name: instructions instructions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.instructions
    ADD CONSTRAINT instructions_pkey PRIMARY KEY (id);


--
-- Name: journal journal_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.journal
    ADD CONSTRAINT journal_pkey PRIMARY KEY (id);


--
-- Name: lease lease_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.lease
    ADD CONSTRAINT lease_pkey PRIMARY KEY (id);


--
-- Name: orders orders_client_order_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_client_order_id_key UNIQUE (client_order_id);


--
-- Name: orders orders_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);


--
-- Name: plans plans_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.plans
    ADD CONSTRAINT plans_pkey PRIMARY KEY (id);


--
-- Name: positions positions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.positions
    ADD CONSTRAINT positions_pkey PRIMARY KEY (id);


--
-- Name: settings settings_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.settings
    ADD CONSTRAINT settings_pkey PRIMARY KEY (name);


--
-- Name: closed_positions_by_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX closed_positions_by_time ON public.positions USING btree (account_id, closed_at);


--
-- Name: equity_by_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX equity_by_time ON public.equity USING btree (account_id, at);


--
-- Name: fills_beside_position; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX fills_beside_position ON public.fills USING btree (beside_position_id);


--
-- Name: fills_by_position; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX fills_by_position ON public.fills USING btree (position_id);


--
-- Name: fills_by_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX fills_by_time ON public.fills USING btree (account_id, traded_at);


--
-- Name: income_by_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX income_by_time ON public.income USING btree (account_id, occurred_at);


--
-- Name: income_shares_by_position; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX income_shares_by_position ON public.income_shares USING btree (position_id);


--
-- Name: instructions_waiting; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX instructions_waiting ON public.instructions USING btree (account_id) WHERE (consumed_at IS NULL);


--
-- Name: ix_income_shares_income_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_income_shares_income_id ON public.income_shares USING btree (income_id);


--
-- Name: ix_journal_position_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_journal_position_id ON public.journal USING btree (position_id);


--
-- Name: ix_plans_account_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_plans_account_id ON public.plans USING btree (account_id);


--
-- Name: journal_by_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX journal_by_time ON public.journal USING btree (account_id, at);


--
-- Name: one_foreign_part_per_trade; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX one_foreign_part_per_trade ON public.fills USING btree (account_id, symbol, trade_id) WHERE (position_id IS NULL);


--
-- Name: one_live_run_per_place; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX one_live_run_per_place ON public.positions USING btree (account_id, symbol, side) WHERE (phase = ANY (ARRAY['ENTERING'::text, 'OPEN'::text, 'CLOSING'::text]));


--
-- Name: one_opened_child_per_parent; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX one_opened_child_per_parent ON public.positions USING btree (parent_position_id) WHERE (phase = ANY (ARRAY['OPEN'::text, 'CLOSING'::text, 'CLOSED'::text]));


--
-- Name: one_opened_run_per_turn; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX one_opened_run_per_turn ON public.positions USING btree (plan_id, sequence) WHERE (phase = ANY (ARRAY['OPEN'::text, 'CLOSING'::text, 'CLOSED'::text]));


--
-- Name: orders_by_exchange_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX orders_by_exchange_id ON public.orders USING btree (account_id, symbol, exchange_order_id);


--
-- Name: orders_by_position; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX orders_by_position ON public.orders USING btree (position_id);


--
-- Name: orders_not_final; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX orders_not_final ON public.orders USING btree (account_id) WHERE (state = ANY (ARRAY['RESERVED'::text, 'UNKNOWN'::text, 'WORKING'::text, 'TRIGGERED'::text]));


--
-- Name: equity equity_account_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.equity
    ADD CONSTRAINT equity_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);


--
-- Name: fills fills_account_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.fills
    ADD CONSTRAINT fills_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);


--
-- Name: fills fills_beside_position_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.fills
    ADD CONSTRAINT fills_beside_position_id_fkey FOREIGN KEY (beside_position_id) REFERENCES public.positions(id);


--
-- Name: fills fills_order_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.fills
    ADD CONSTRAINT fills_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.orders(id);


--
-- Name: fills fills_position_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.fills
    ADD CONSTRAINT fills_position_id_fkey FOREIGN KEY (position_id) REFERENCES public.positions(id);


--
-- Name: income income_account_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.income
    ADD CONSTRAINT income_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);


--
-- Name: income_shares income_shares_income_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.income_shares
    ADD CONSTRAINT income_shares_income_id_fkey FOREIGN KEY (income_id) REFERENCES public.income(id);


--
-- Name: income_shares income_shares_position_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.income_shares
    ADD CONSTRAINT income_shares_position_id_fkey FOREIGN KEY (position_id) REFERENCES public.positions(id);


--
-- Name: instructions instructions_account_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.instructions
    ADD CONSTRAINT instructions_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);


--
-- Name: instructions instructions_plan_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.instructions
    ADD CONSTRAINT instructions_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES public.plans(id);


--
-- Name: instructions instructions_position_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.instructions
    ADD CONSTRAINT instructions_position_id_fkey FOREIGN KEY (position_id) REFERENCES public.positions(id);


--
-- Name: journal journal_account_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.journal
    ADD CONSTRAINT journal_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);


--
-- Name: journal journal_position_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.journal
    ADD CONSTRAINT journal_position_id_fkey FOREIGN KEY (position_id) REFERENCES public.positions(id);


--
-- Name: orders orders_account_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);


--
-- Name: orders orders_position_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_position_id_fkey FOREIGN KEY (position_id) REFERENCES public.positions(id);


--
-- Name: plans plans_account_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.plans
    ADD CONSTRAINT plans_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);


--
-- Name: positions positions_account_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.positions
    ADD CONSTRAINT positions_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);


--
-- Name: positions positions_parent_position_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.positions
    ADD CONSTRAINT positions_parent_position_id_fkey FOREIGN KEY (parent_position_id) REFERENCES public.positions(id);


--
-- Name: positions positions_plan_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.positions
    ADD CONSTRAINT positions_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES public.plans(id);


--
-- PostgreSQL database dump complete
--


