-- Usage to invoice: meters, subscriptions, usage, wallets, invoices. See docs/concepts/usage-to-invoice.md;
-- conventions as in 0001_foundation.sql.

SET LOCAL lock_timeout = '2s';
SET LOCAL statement_timeout = '1min';

-- people -------------------------------------------------------------------------------------------

-- A customer's person belongs to a party, like a partner's. Rows of before fit the wider checks: they
-- need no reading, and the release of before never writes the new role.
-- squawk-ignore ban-drop-constraint
ALTER TABLE users DROP CONSTRAINT users_role_check, DROP CONSTRAINT users_check;
ALTER TABLE users
    ADD CONSTRAINT users_role_known CHECK (role IN ('administrator', 'operator', 'finance', 'developer',
                                                    'read_only', 'partner', 'customer')) NOT VALID,
    ADD CONSTRAINT users_role_needs_party
        CHECK ((role IN ('partner', 'customer')) = (party_id IS NOT NULL)) NOT VALID;

-- payments -----------------------------------------------------------------------------------------

-- An account's page lists its payments. The table takes no write for as long as this reads it.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX payments_by_account ON payments (tenant_id, account_id, id);

-- ledger: what customers had and no invoice asks for yet; tenants founded later get it with their chart ---

-- ledger: what customers had and no invoice asks for yet, and money of theirs that pays nothing; tenants
-- founded later get the accounts with their chart ------------------------------------------------------

DO $$
DECLARE
    founded uuid;
    added integer;
BEGIN
    FOR founded IN SELECT DISTINCT tenant_id FROM directory WHERE kind = 'tenant' ORDER BY tenant_id LOOP
        EXECUTE format('SET LOCAL app.tenant_id = %L', founded);
        INSERT INTO ledger_accounts (tenant_id, code, kind, normal_side, needs_party, needs_tax_key)
        VALUES (founded, 'UNBILLED', 'asset', 'debit', true, false),
               (founded, 'UNALLOCATED', 'liability', 'credit', true, false)
            ON CONFLICT (tenant_id, code) DO NOTHING;
        SELECT count(*) INTO added FROM ledger_accounts
         WHERE tenant_id = founded AND code IN ('UNBILLED', 'UNALLOCATED');
        IF added <> 2 THEN
            RAISE EXCEPTION 'tenant % lacks the account UNBILLED or UNALLOCATED', founded;
        END IF;
    END LOOP;
    SET LOCAL app.tenant_id = '';
END $$;

-- catalog ------------------------------------------------------------------------------------------

CREATE TABLE meters (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    external_id text NOT NULL,
    name        text NOT NULL,
    terms       jsonb NOT NULL,
    hash        text NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, external_id)
);

-- wallets ------------------------------------------------------------------------------------------

-- Credit that is given; tenants founded later get the account with their chart.
DO $$
DECLARE
    founded uuid;
    added integer;
BEGIN
    FOR founded IN SELECT DISTINCT tenant_id FROM directory WHERE kind = 'tenant' ORDER BY tenant_id LOOP
        EXECUTE format('SET LOCAL app.tenant_id = %L', founded);
        INSERT INTO ledger_accounts (tenant_id, code, kind, normal_side, needs_party, needs_tax_key)
        VALUES (founded, 'PROMOTION', 'expense', 'debit', false, false)
            ON CONFLICT (tenant_id, code) DO NOTHING;
        SELECT count(*) INTO added FROM ledger_accounts WHERE tenant_id = founded AND code = 'PROMOTION';
        IF added <> 1 THEN
            RAISE EXCEPTION 'tenant % has no account PROMOTION', founded;
        END IF;
    END LOOP;
    SET LOCAL app.tenant_id = '';
END $$;

CREATE TABLE wallets (
    tenant_id         uuid NOT NULL,
    id                uuid NOT NULL,
    external_id       text NOT NULL,
    account_id        uuid NOT NULL,
    party_id          uuid NOT NULL,
    currency          currency_code NOT NULL,
    vat_mode          text NOT NULL CHECK (vat_mode IN ('single_purpose', 'multi_purpose')),
    legal_class       text NOT NULL,
    country           text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    vat_rate          numeric NOT NULL CHECK (vat_rate >= 0 AND vat_rate < 1 AND scale(vat_rate) <= 6),
    time_zone         text NOT NULL,
    emergency_limit   exact_amount NOT NULL CHECK (emergency_limit >= 0),
    protected_region  text,  -- federal state whose weekends and public holidays are protected
    restored_days     integer NOT NULL CHECK (restored_days > 0),
    thresholds        exact_amount[] NOT NULL,
    state             text NOT NULL CHECK (state IN ('open', 'closed')),
    credit            exact_amount NOT NULL,  -- left in buckets that are valid
    overdraft         exact_amount NOT NULL CHECK (overdraft >= 0),  -- emergency credit used, not repaid
    exhausted         boolean NOT NULL,  -- nothing left, emergency credit included, and so announced
    revision          bigint NOT NULL,  -- the ordinal of the last burn
    created_at        timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, external_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id)
);
CREATE INDEX wallets_by_account ON wallets (tenant_id, account_id);
CREATE INDEX wallets_by_party ON wallets (tenant_id, party_id, id);
CREATE INDEX wallets_in_emergency ON wallets (tenant_id, id) WHERE overdraft > 0 AND NOT exhausted;

CREATE TABLE wallet_buckets (
    tenant_id  uuid NOT NULL,
    wallet_id  uuid NOT NULL,
    id         uuid NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('paid', 'promo', 'restored')),
    priority   smallint NOT NULL,
    scope      text[] NOT NULL,
    valid_from timestamptz NOT NULL,
    expires_at timestamptz,
    amount     exact_amount NOT NULL CHECK (amount >= 0),
    spent      exact_amount NOT NULL CHECK (spent >= 0 AND spent <= amount),
    vat        exact_amount NOT NULL,  -- in amount: no use owes it again
    spent_vat  exact_amount NOT NULL,  -- what of it the burns carry
    state      text NOT NULL CHECK (state IN ('pending', 'open', 'expired', 'closed')),
    source_id  uuid NOT NULL,  -- the top-up or grant it came from; the total whose use was taken back
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, wallet_id, id)
);
CREATE INDEX wallet_buckets_to_open ON wallet_buckets (tenant_id, valid_from) WHERE state = 'pending';
CREATE INDEX wallet_buckets_to_expire ON wallet_buckets (tenant_id, expires_at)
    WHERE state IN ('pending', 'open') AND expires_at IS NOT NULL;
CREATE INDEX wallet_buckets_in_use ON wallet_buckets (tenant_id, wallet_id) WHERE state IN ('pending', 'open');

-- What credit paid of which total on which day. bucket_id is all zeros for emergency credit; ordinal tells
-- the order in which a total burned, for undoing it last-first.
CREATE TABLE burns (
    tenant_id uuid NOT NULL,
    total_id  uuid NOT NULL,
    bucket_id uuid NOT NULL,
    day       date NOT NULL,
    wallet_id uuid NOT NULL,
    ordinal   bigint NOT NULL,
    amount    exact_amount NOT NULL CHECK (amount >= 0),
    vat       exact_amount NOT NULL,  -- of a bucket: prepaid VAT in amount
    repaid    exact_amount NOT NULL DEFAULT 0,  -- of emergency credit: paid by top-ups since
    PRIMARY KEY (tenant_id, total_id, bucket_id, day),
    CHECK (repaid >= 0 AND repaid <= amount)
);
CREATE INDEX burns_by_wallet ON burns (tenant_id, wallet_id, day);
CREATE INDEX burns_to_repay ON burns (tenant_id, wallet_id, day)
    WHERE bucket_id = '00000000-0000-0000-0000-000000000000' AND repaid < amount;

CREATE TABLE top_ups (
    tenant_id        uuid NOT NULL,
    id               uuid NOT NULL,
    wallet_id        uuid NOT NULL,
    party_id         uuid NOT NULL,
    kind             text NOT NULL CHECK (kind IN ('payment', 'grant')),
    currency         currency_code NOT NULL,
    amount           exact_amount NOT NULL CHECK (amount > 0),
    state            text NOT NULL CHECK (state IN ('requested', 'credited', 'failed', 'returned')),
    emergency_repaid exact_amount NOT NULL DEFAULT 0,
    bucket_id        uuid,
    failure_code     text,
    requested_at     timestamptz NOT NULL,
    credited_at      timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, wallet_id) REFERENCES wallets (tenant_id, id)
);
CREATE INDEX top_ups_by_wallet ON top_ups (tenant_id, wallet_id, id);

-- Everything that moved a wallet but use: for its page and for proving its credit.
CREATE TABLE wallet_movements (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    wallet_id    uuid NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('credited', 'repaid', 'expired', 'restored', 'returned', 'closed')),
    bucket_id    uuid,
    amount       exact_amount NOT NULL,
    source_id    uuid NOT NULL,
    effective_on date NOT NULL,
    recorded_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX wallet_movements_by_wallet ON wallet_movements (tenant_id, wallet_id, id);

-- subscriptions ------------------------------------------------------------------------------------

CREATE TABLE subscriptions (
    tenant_id         uuid NOT NULL,
    id                uuid NOT NULL,
    external_id       text NOT NULL,
    account_id        uuid NOT NULL,
    party_id          uuid NOT NULL,
    currency          currency_code NOT NULL,
    time_zone         text NOT NULL,
    anchor_on         date,  -- windows start on its day; none: calendar windows
    funding           text NOT NULL CHECK (funding IN ('invoice', 'wallet', 'claim')),  -- claim: mirrors one of a reseller
    wallet_id         uuid,
    state             text NOT NULL CHECK (state IN ('active', 'ended')),
    starts_at         timestamptz NOT NULL,
    ends_at           timestamptz,
    minimum_term_until timestamptz,
    version           integer NOT NULL DEFAULT 1,
    created_at        timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, external_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id),
    FOREIGN KEY (tenant_id, wallet_id) REFERENCES wallets (tenant_id, id),
    CHECK ((funding = 'wallet') = (wallet_id IS NOT NULL))
);
CREATE INDEX subscriptions_by_account ON subscriptions (tenant_id, account_id, id);
CREATE INDEX subscriptions_by_party ON subscriptions (tenant_id, party_id, id);
CREATE INDEX subscriptions_to_end ON subscriptions (tenant_id, ends_at) WHERE state = 'active' AND ends_at IS NOT NULL;

CREATE TABLE subscription_items (
    tenant_id       uuid NOT NULL,
    id              uuid NOT NULL,
    subscription_id uuid NOT NULL,
    external_id     text NOT NULL,
    plan_id         uuid NOT NULL,
    starts_at       timestamptz NOT NULL,
    ends_at         timestamptz,
    charge_at       timestamptz,  -- when its next recurring window or closing is due (business time)
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, external_id),
    FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscriptions (tenant_id, id),
    FOREIGN KEY (tenant_id, plan_id) REFERENCES plans (tenant_id, id)
);
CREATE INDEX subscription_items_by_subscription ON subscription_items (tenant_id, subscription_id);
CREATE INDEX subscription_items_due ON subscription_items (tenant_id, charge_at) WHERE charge_at IS NOT NULL;

-- Segments: what holds for an item from an instant until the next row starts.
CREATE TABLE item_terms (
    tenant_id       uuid NOT NULL,
    item_id         uuid NOT NULL,
    segment         integer NOT NULL,
    plan_version_id uuid NOT NULL,
    quantity        exact_amount NOT NULL CHECK (quantity > 0),
    from_at         timestamptz NOT NULL,
    until_at        timestamptz,
    PRIMARY KEY (tenant_id, item_id, segment),
    FOREIGN KEY (tenant_id, item_id) REFERENCES subscription_items (tenant_id, id),
    CHECK (until_at IS NULL OR until_at > from_at)
);

CREATE TABLE item_subjects (
    tenant_id uuid NOT NULL,
    subject   text COLLATE "C" NOT NULL,
    item_id   uuid NOT NULL,
    from_at   timestamptz NOT NULL,
    until_at  timestamptz,
    PRIMARY KEY (tenant_id, subject, item_id, from_at),
    FOREIGN KEY (tenant_id, item_id) REFERENCES subscription_items (tenant_id, id)
);
CREATE INDEX item_subjects_by_item ON item_subjects (tenant_id, item_id);

CREATE TABLE windows (
    tenant_id uuid NOT NULL,
    item_id   uuid NOT NULL,
    cadence   text NOT NULL,
    ordinal   integer NOT NULL,
    id        uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at   timestamptz NOT NULL,
    time_zone text NOT NULL,
    anchor_on date,
    PRIMARY KEY (tenant_id, item_id, cadence, ordinal),
    CHECK (ends_at > starts_at)
);
CREATE UNIQUE INDEX windows_by_id ON windows (tenant_id, id);

-- usage --------------------------------------------------------------------------------------------

-- Which month of receipt is live; moved on under the tenant's exclusive fence.
CREATE TABLE usage_months (
    tenant_id  uuid PRIMARY KEY,
    live_month date NOT NULL
);

CREATE TABLE usage_events (
    tenant_id      uuid NOT NULL,
    source         text COLLATE "C" NOT NULL,
    event_id       text COLLATE "C" NOT NULL,
    received_month date NOT NULL,
    id             uuid NOT NULL,
    type           text NOT NULL,
    subject        text COLLATE "C" NOT NULL,
    occurred_at    timestamptz NOT NULL,
    received_at    timestamptz NOT NULL,
    body_hash      text NOT NULL,
    properties     jsonb NOT NULL,
    PRIMARY KEY (tenant_id, source, event_id, received_month)
) PARTITION BY RANGE (received_month);
CREATE INDEX usage_events_by_subject ON usage_events (tenant_id, subject, occurred_at);
-- What came just now: a few bytes for many pages, as events are stored in the order of receipt.
CREATE INDEX usage_events_by_receipt ON usage_events USING brin (tenant_id, received_at)
    WITH (autosummarize = on);

-- Makes the partitions of the months around a day; the owner's work, callable by the serving role.
-- A partition is attached when it is ready: that does not wait for running calls, nor they for it.
CREATE FUNCTION make_usage_partitions(around date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = groschen, pg_temp AS $$
DECLARE
    first_of date;
    name text;
BEGIN
    FOR first_of IN
        SELECT (date_trunc('month', around) + make_interval(months => n))::date
          FROM generate_series(-3, 3) AS n
    LOOP
        name := 'usage_events_' || to_char(first_of, 'YYYYMM');
        CONTINUE WHEN to_regclass('groschen.' || name) IS NOT NULL;
        PERFORM pg_advisory_xact_lock(hashtextextended('groschen.usage_events', 0));
        PERFORM 1 FROM pg_class  -- to_regclass may remember what was before the wait
          WHERE relnamespace = 'groschen'::regnamespace AND relname = name;
        CONTINUE WHEN FOUND;
        EXECUTE format(
            'CREATE TABLE groschen.%I (LIKE groschen.usage_events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
        PERFORM protect(('groschen.' || name)::regclass);
        EXECUTE format(
            'ALTER TABLE groschen.usage_events ATTACH PARTITION groschen.%I FOR VALUES FROM (%L) TO (%L)',
            name, first_of, (first_of + interval '1 month')::date);
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION make_usage_partitions(date) FROM PUBLIC;
SELECT make_usage_partitions(current_date);

-- An event taken out, or accepted again after that; the mark with the highest ordinal holds.
CREATE TABLE usage_event_marks (
    tenant_id   uuid NOT NULL,
    source      text COLLATE "C" NOT NULL,
    event_id    text COLLATE "C" NOT NULL,
    ordinal     integer NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('voided', 'restored')),
    reason      text NOT NULL,
    actor_id    uuid,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, source, event_id, ordinal)
);

CREATE TABLE usage_rejects (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    source      text,
    event_id    text,
    subject     text,
    type        text,
    code        text NOT NULL,
    field       text,
    detail      text NOT NULL,
    hint        text NOT NULL,
    body        text NOT NULL,
    body_hash   text NOT NULL,
    state       text NOT NULL CHECK (state IN ('open', 'replayed', 'discarded')),
    received_at timestamptz NOT NULL,
    settled_at  timestamptz,
    settled_by  uuid,
    reason      text,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX usage_rejects_open ON usage_rejects (tenant_id, id) WHERE state = 'open';
CREATE UNIQUE INDEX usage_rejects_once ON usage_rejects (tenant_id, body_hash) WHERE state = 'open';

CREATE TABLE item_totals (
    tenant_id        uuid NOT NULL,
    owner_id         uuid NOT NULL,  -- the subscription item
    component        text NOT NULL,
    window_id        uuid NOT NULL,
    segment          integer NOT NULL,
    group_key        text NOT NULL,
    id               uuid NOT NULL,
    account_id       uuid NOT NULL,
    party_id         uuid NOT NULL,
    plan_version_id  uuid NOT NULL,
    rule_hash        text NOT NULL,
    currency         currency_code NOT NULL,
    state            jsonb NOT NULL,
    quantity         exact_amount NOT NULL,
    amount           exact_amount NOT NULL,  -- in the plan's basis
    gross            exact_amount NOT NULL,  -- amount with its VAT
    funded_wallet    exact_amount NOT NULL,  -- gross, like the next two
    funded_overdraft exact_amount NOT NULL,
    receivable       exact_amount NOT NULL,
    event_count      bigint NOT NULL,
    event_hash       text NOT NULL,
    revision         bigint NOT NULL,
    updated_at       timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, owner_id, component, window_id, segment, group_key),
    CHECK (funded_wallet + funded_overdraft + receivable = gross)
);
CREATE UNIQUE INDEX item_totals_by_id ON item_totals (tenant_id, id);
CREATE INDEX item_totals_by_account ON item_totals (tenant_id, account_id);

-- What of a total belongs to a service day, and what of that is posted to shares and ledger.
CREATE TABLE total_days (
    tenant_id        uuid NOT NULL,
    total_id         uuid NOT NULL,
    day              date NOT NULL,
    quantity         exact_amount NOT NULL,
    amount           exact_amount NOT NULL,
    gross            exact_amount NOT NULL,
    wallet           exact_amount NOT NULL,
    wallet_vat       exact_amount NOT NULL,
    overdraft        exact_amount NOT NULL,
    receivable       exact_amount NOT NULL,
    posted_quantity  exact_amount NOT NULL DEFAULT 0,
    posted_amount    exact_amount NOT NULL DEFAULT 0,
    posted_gross     exact_amount NOT NULL DEFAULT 0,
    posted_wallet    exact_amount NOT NULL DEFAULT 0,
    posted_wallet_vat exact_amount NOT NULL DEFAULT 0,
    posted_overdraft exact_amount NOT NULL DEFAULT 0,
    posted_receivable exact_amount NOT NULL DEFAULT 0,
    posted_revision  bigint NOT NULL DEFAULT 0,
    unposted         boolean NOT NULL,
    PRIMARY KEY (tenant_id, total_id, day),
    CHECK (wallet + overdraft + receivable = gross)
);
CREATE INDEX total_days_unposted ON total_days (tenant_id, total_id, day) WHERE unposted;

-- What customers paid of the part of a total that was invoiced, gross; negative when it went back.
CREATE TABLE total_receipts (
    tenant_id    uuid NOT NULL,
    total_id     uuid NOT NULL,
    source_id    uuid NOT NULL,
    amount       exact_amount NOT NULL,
    effective_on date NOT NULL,
    recorded_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, total_id, source_id)
);

-- invoices -----------------------------------------------------------------------------------------

-- Who issues the documents: what the law wants on them, and where customers pay. One row for each tenant.
CREATE TABLE sellers (
    tenant_id  uuid PRIMARY KEY,
    profile    jsonb NOT NULL,
    changed_at timestamptz NOT NULL
);

CREATE TABLE billables (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    account_id   uuid NOT NULL,  -- billed
    party_id     uuid NOT NULL,
    owner_id     uuid NOT NULL,
    component    text NOT NULL,
    kind         text NOT NULL,
    window_id    uuid NOT NULL,
    segment      integer NOT NULL,
    group_key    text NOT NULL,
    tax_class    text NOT NULL,
    currency     currency_code NOT NULL,
    basis        text NOT NULL CHECK (basis IN ('net', 'gross')),
    total_id     uuid,  -- none: a manual line
    facts        jsonb,  -- of a manual line: label, unit, quantity, price
    service_from date NOT NULL,
    service_to   date NOT NULL,  -- the last day
    tax_on       date NOT NULL,  -- the day whose rate holds
    due_at       timestamptz NOT NULL,
    should       exact_amount NOT NULL,  -- in the basis, twelve decimals
    should_net   exact_amount NOT NULL,  -- what is on UNBILLED for it when nothing is billed
    billed       exact_amount NOT NULL,  -- sum of the counted entries, currency digits
    billed_net   exact_amount NOT NULL,  -- sum of what the entries took from UNBILLED
    entries      integer NOT NULL,
    is_due       boolean NOT NULL,  -- round(should) differs from billed
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, account_id, owner_id, component, kind, window_id, segment, group_key, tax_class, currency),
    FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id)
);
CREATE INDEX billables_due ON billables (tenant_id, account_id, due_at) WHERE is_due;
CREATE INDEX billables_by_total ON billables (tenant_id, total_id) WHERE total_id IS NOT NULL;

CREATE TABLE billed_entries (
    tenant_id   uuid NOT NULL,
    billable_id uuid NOT NULL,
    sequence    integer NOT NULL,
    effect      text NOT NULL CHECK (effect IN ('charge', 'correct', 'cancel_reissue', 'concede')),
    amount      exact_amount NOT NULL,
    net         exact_amount NOT NULL,  -- taken from UNBILLED; zero of what is conceded
    invoice_id  uuid NOT NULL,
    position    integer NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, billable_id, sequence)
);

CREATE TABLE bill_runs (
    tenant_id  uuid NOT NULL,
    id         uuid NOT NULL,
    cutoff     timestamptz NOT NULL,
    account_id uuid,  -- only this one
    state      text NOT NULL CHECK (state IN ('running', 'done')),
    accounts   integer NOT NULL,
    invoices   integer NOT NULL,
    failures   integer NOT NULL,
    after_account_id uuid,
    created_by uuid,
    created_at timestamptz NOT NULL,
    done_at    timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX bill_runs_running ON bill_runs (tenant_id, id) WHERE state = 'running';

-- Accounts that could not be billed and why; settled by the next run that bills them.
CREATE TABLE billing_failures (
    tenant_id   uuid NOT NULL,
    account_id  uuid NOT NULL,
    run_id      uuid NOT NULL,
    code        text NOT NULL,
    field       text,
    detail      text NOT NULL,
    hint        text NOT NULL,
    recorded_at timestamptz NOT NULL,
    settled_at  timestamptz,
    PRIMARY KEY (tenant_id, account_id, run_id)
);
CREATE INDEX billing_failures_open ON billing_failures (tenant_id, account_id) WHERE settled_at IS NULL;

CREATE TABLE invoices (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    number      text NOT NULL,
    type        text NOT NULL CHECK (type IN ('380', '381')),
    account_id  uuid NOT NULL,
    party_id    uuid NOT NULL,
    run_id      uuid,
    corrects_id uuid,
    currency    currency_code NOT NULL,
    basis       text NOT NULL CHECK (basis IN ('net', 'gross')),
    period_from date NOT NULL,
    period_to   date NOT NULL,
    issued_on   date NOT NULL,
    due_on      date NOT NULL,
    net         exact_amount NOT NULL,  -- positive also on a credit note
    tax         exact_amount NOT NULL,
    gross       exact_amount NOT NULL,
    content_hash text NOT NULL,
    content     bytea NOT NULL,  -- the whole document as JSON, sealed with the person's key
    issued_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, number),
    FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id)
);
CREATE INDEX invoices_by_account ON invoices (tenant_id, account_id, id);
CREATE INDEX invoices_by_party ON invoices (tenant_id, party_id, id);
CREATE INDEX invoices_by_run ON invoices (tenant_id, run_id) WHERE run_id IS NOT NULL;
CREATE INDEX invoices_by_corrected ON invoices (tenant_id, corrects_id) WHERE corrects_id IS NOT NULL;

CREATE TABLE invoice_lines (
    tenant_id    uuid NOT NULL,
    invoice_id   uuid NOT NULL,
    position     integer NOT NULL,
    billable_id  uuid NOT NULL,
    reverses     integer,  -- of a credit note: the line of the document it corrects
    effect       text NOT NULL,
    label        text NOT NULL,
    quantity     exact_amount NOT NULL,
    unit         text NOT NULL,
    amount       exact_amount NOT NULL,  -- in the basis
    net          exact_amount NOT NULL,
    unbilled     exact_amount NOT NULL,  -- what it took from UNBILLED
    tax_key      text NOT NULL,
    tax_category text NOT NULL,
    rate         numeric NOT NULL,
    service_from date NOT NULL,
    service_to   date NOT NULL,
    proof        jsonb NOT NULL,
    PRIMARY KEY (tenant_id, invoice_id, position)
);
CREATE INDEX invoice_lines_by_billable ON invoice_lines (tenant_id, billable_id);

CREATE TABLE invoice_taxes (
    tenant_id    uuid NOT NULL,
    invoice_id   uuid NOT NULL,
    tax_category text NOT NULL,
    rate         numeric NOT NULL,
    tax_key      text NOT NULL,
    net          exact_amount NOT NULL,
    tax          exact_amount NOT NULL,
    PRIMARY KEY (tenant_id, invoice_id, tax_category, rate, tax_key)
);

CREATE TABLE collective_statements (
    tenant_id  uuid NOT NULL,
    id         uuid NOT NULL,
    number     text NOT NULL,
    account_id uuid NOT NULL,
    party_id   uuid NOT NULL,
    currency   currency_code NOT NULL,
    gross      exact_amount NOT NULL,  -- what its invoices left open when it was made
    issued_on  date NOT NULL,
    due_on     date NOT NULL,
    issued_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, number),
    FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id)
);
CREATE INDEX collective_statements_by_account ON collective_statements (tenant_id, account_id, id);

CREATE TABLE collective_statement_invoices (
    tenant_id    uuid NOT NULL,
    statement_id uuid NOT NULL,
    invoice_id   uuid NOT NULL,
    open_amount  exact_amount NOT NULL,
    PRIMARY KEY (tenant_id, statement_id, invoice_id)
);

-- What a refund gives back of each line of an invoice, in its basis; credited when the provider has done it.
CREATE TABLE invoice_refund_lines (
    tenant_id  uuid NOT NULL,
    refund_id  uuid NOT NULL,
    invoice_id uuid NOT NULL,
    position   integer NOT NULL,
    amount     exact_amount NOT NULL CHECK (amount > 0),
    PRIMARY KEY (tenant_id, refund_id, position)
);
CREATE INDEX invoice_refund_lines_by_invoice ON invoice_refund_lines (tenant_id, invoice_id);

ALTER TABLE wallets SET (fillfactor = 60);
ALTER TABLE wallet_buckets SET (fillfactor = 60);
ALTER TABLE burns SET (fillfactor = 70);
ALTER TABLE item_totals SET (fillfactor = 50);
ALTER TABLE total_days SET (fillfactor = 60);
ALTER TABLE billables SET (fillfactor = 70);

-- walls and grants ---------------------------------------------------------------------------------

SELECT protect(t::regclass)
  FROM unnest(ARRAY[
    'meters', 'wallets', 'wallet_buckets', 'burns', 'top_ups', 'wallet_movements', 'subscriptions',
    'subscription_items', 'item_terms', 'item_subjects', 'windows', 'usage_months', 'usage_events',
    'usage_event_marks', 'usage_rejects', 'item_totals', 'total_days', 'total_receipts', 'billables', 'billed_entries',
    'bill_runs', 'billing_failures', 'invoices', 'invoice_lines', 'invoice_taxes',
    'collective_statements']) AS t;

GRANT EXECUTE ON FUNCTION make_usage_partitions(date) TO groschen_app;

GRANT SELECT, INSERT ON
    meters, wallet_movements, windows, usage_events, usage_event_marks, total_receipts, billed_entries, invoices, invoice_lines,
    invoice_taxes, collective_statements
TO groschen_app;

GRANT SELECT, INSERT, UPDATE ON
    wallets, wallet_buckets, burns, top_ups, subscriptions, subscription_items, item_terms, item_subjects,
    usage_months, usage_rejects, item_totals, total_days, billables, bill_runs, billing_failures
TO groschen_app;

-- taken away again: sign-ins that are over
GRANT DELETE ON sign_in_links, sessions TO groschen_app;
-- A phase that was planned and has not begun may be taken out again.
GRANT DELETE ON item_terms TO groschen_app;

SELECT protect(t::regclass) FROM unnest(ARRAY['sellers', 'collective_statement_invoices', 'invoice_refund_lines']) AS t;
GRANT SELECT, INSERT, UPDATE ON sellers TO groschen_app;
GRANT SELECT, INSERT ON collective_statement_invoices, invoice_refund_lines TO groschen_app;
