-- The foundation: tenants, people, ledger, parties, catalog, shares, receivables, payments, orders,
-- delivery, settlements. Conventions (DESIGN 5, docs/concepts/database.md):
--   * tenant_id first in every key; forced row-level security on every tenant table (protect());
--   * append-only facts get SELECT, INSERT only; working rows also UPDATE;
--   * amounts keep at most twelve decimals, refused by the domain instead of rounded;
--   * facts written set-based by one owner function in their parent's transaction carry no foreign
--     key to that parent; `groschen ledger verify` and the simulation check them (docs/decisions).

CREATE DOMAIN exact_amount AS numeric CHECK (scale(VALUE) <= 12 AND abs(VALUE) < 1e16);
CREATE DOMAIN currency_code AS text CHECK (VALUE ~ '^[A-Z]{3}$');

CREATE FUNCTION current_tenant() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN NULLIF(current_setting('app.tenant_id', true), '')::uuid;

-- Puts the second wall around one tenant table; used by every revision that makes one.
CREATE FUNCTION protect(guarded regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', guarded);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', guarded);
    EXECUTE format(
        'CREATE POLICY tenant_only ON %s
            USING (tenant_id = NULLIF(current_setting(''app.tenant_id'', true), '''')::uuid)
            WITH CHECK (tenant_id = NULLIF(current_setting(''app.tenant_id'', true), '''')::uuid)',
        guarded
    );
END $$;
REVOKE ALL ON FUNCTION protect(regclass) FROM PUBLIC;

-- directory: the only unscoped table; hashes, so that it tells nothing by itself -------------------

CREATE TABLE directory (
    kind      text NOT NULL,
    hash      text NOT NULL,
    tenant_id uuid NOT NULL,
    PRIMARY KEY (kind, hash, tenant_id)
);

-- tenants ------------------------------------------------------------------------------------------

CREATE TABLE tenants (
    tenant_id        uuid PRIMARY KEY,
    parent_tenant_id uuid,
    twin_tenant_id   uuid,
    external_id      text NOT NULL,
    name             text NOT NULL,
    mode             text NOT NULL CHECK (mode IN ('live', 'test')),
    country          text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    time_zone        text NOT NULL,
    home_currency    currency_code NOT NULL,
    funds_model      text CHECK (funds_model IN ('principal', 'agent_for_payee', 'licensed_psp_split',
                                                 'trust_account', 'licence_held')),
    modules          text[] NOT NULL,
    test_now         timestamptz CHECK (test_now IS NULL OR mode = 'test'),
    books_open_from  date,
    debtor           jsonb NOT NULL DEFAULT '{}',
    created_at       timestamptz NOT NULL
);

CREATE TABLE tenant_children (
    tenant_id       uuid NOT NULL,
    child_tenant_id uuid NOT NULL,
    external_id     text NOT NULL,
    name            text NOT NULL,
    relation        text NOT NULL CHECK (relation IN ('child', 'twin')),
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, child_tenant_id),
    UNIQUE (tenant_id, external_id)
);

CREATE TABLE person_keys (
    tenant_id   uuid NOT NULL,
    person_id   uuid NOT NULL,
    wrapped_key bytea NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, person_id)
);

CREATE TABLE person_vault (
    tenant_id  uuid NOT NULL,
    person_id  uuid NOT NULL,
    ciphertext bytea NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, person_id)
);

CREATE TABLE person_index (
    tenant_id uuid NOT NULL,
    kind      text NOT NULL,
    hash      text NOT NULL,
    person_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, kind, hash, person_id)
);
CREATE INDEX person_index_by_person ON person_index (tenant_id, person_id);

CREATE TABLE api_keys (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    name         text NOT NULL,
    hash         text NOT NULL,
    hint         text NOT NULL,
    scopes       text[] NOT NULL,
    party_id     uuid,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, hash)
);

CREATE TABLE users (
    tenant_id     uuid NOT NULL,
    id            uuid NOT NULL,
    role          text NOT NULL CHECK (role IN ('administrator', 'operator', 'finance', 'developer',
                                                'read_only', 'partner')),
    party_id      uuid,
    password_hash text,
    failed_tries  integer NOT NULL DEFAULT 0,
    locked_until  timestamptz,
    disabled_at   timestamptz,
    created_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CHECK ((role = 'partner') = (party_id IS NOT NULL))
);

CREATE TABLE sign_in_links (
    tenant_id  uuid NOT NULL,
    hash       text NOT NULL,
    user_id    uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    PRIMARY KEY (tenant_id, hash),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);

CREATE TABLE sessions (
    tenant_id        uuid NOT NULL,
    hash             text NOT NULL,
    user_id          uuid NOT NULL,
    acting_tenant_id uuid NOT NULL,
    created_at       timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    ended_at         timestamptz,
    PRIMARY KEY (tenant_id, hash),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE INDEX sessions_by_user ON sessions (tenant_id, user_id) WHERE ended_at IS NULL;

-- plumbing -----------------------------------------------------------------------------------------

CREATE TABLE idempotency_keys (
    tenant_id  uuid NOT NULL,
    actor_id   uuid NOT NULL,
    key        text NOT NULL,
    operation  text NOT NULL,
    body_hash  text NOT NULL,
    status     smallint NOT NULL,
    headers    jsonb NOT NULL,
    answer     bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, actor_id, key)
);

CREATE TABLE outbox (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    type        text NOT NULL,
    object_id   uuid NOT NULL,
    data        jsonb NOT NULL,
    occurred_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE events (
    tenant_id   uuid NOT NULL,
    sequence    bigint NOT NULL,
    id          uuid NOT NULL,
    type        text NOT NULL,
    object_id   uuid NOT NULL,
    data        jsonb NOT NULL,
    occurred_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, sequence)
);
CREATE INDEX events_by_object ON events (tenant_id, object_id, sequence);

CREATE TABLE event_counters (
    tenant_id     uuid PRIMARY KEY,
    last_sequence bigint NOT NULL
);

CREATE TABLE number_series (
    tenant_id   uuid NOT NULL,
    series      text NOT NULL,
    last_number bigint NOT NULL,
    PRIMARY KEY (tenant_id, series)
);

-- ledger -------------------------------------------------------------------------------------------

CREATE TABLE ledger_accounts (
    tenant_id   uuid NOT NULL,
    code        text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('asset', 'liability', 'income', 'expense')),
    normal_side text NOT NULL CHECK (normal_side IN ('debit', 'credit')),
    needs_party boolean NOT NULL,
    needs_tax_key boolean NOT NULL,
    PRIMARY KEY (tenant_id, code)
);

CREATE TABLE journals (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    kind         text NOT NULL,
    reference    text NOT NULL,
    source_id    uuid NOT NULL,
    reverses     uuid,
    effective_on date NOT NULL,
    recorded_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, reference)
);
CREATE INDEX journals_by_source ON journals (tenant_id, source_id);

CREATE TABLE postings (
    tenant_id    uuid NOT NULL,
    journal_id   uuid NOT NULL,
    position     smallint NOT NULL,
    account      text NOT NULL,
    party_id     uuid,
    tax_key      text,
    currency     currency_code NOT NULL,
    amount       exact_amount NOT NULL CHECK (amount <> 0),
    effective_on date NOT NULL,
    recorded_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, journal_id, position)
);
CREATE INDEX postings_by_account ON postings (tenant_id, account, party_id, effective_on);

-- The only writer of journals and postings. Refuses what does not balance, names no known account,
-- lacks a party or tax key that the account needs, or comes without postings. A reference that is
-- already booked is left as it is: the ids returned are the journals written now. A refusal is a
-- check_violation whose CONSTRAINT names the rule and whose DETAIL is the journal's id. One pass over
-- the postings finds every fault; each node less in this plan is felt by single journals.
CREATE FUNCTION post_journals(new_journals json, new_postings json) RETURNS SETOF uuid
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = groschen, pg_temp AS $$
DECLARE
    tenant CONSTANT uuid := current_tenant();
    written uuid[];
    fault text[];
BEGIN
    IF tenant IS NULL THEN
        RAISE EXCEPTION 'no tenant is set' USING ERRCODE = 'insufficient_privilege';
    END IF;
    WITH given AS MATERIALIZED (
        SELECT j.* FROM json_to_recordset(new_journals) AS j(
            id uuid, kind text, reference text, source_id uuid, reverses uuid,
            effective_on date, recorded_at timestamptz)
    ), lines AS MATERIALIZED (
        SELECT p.* FROM json_to_recordset(new_postings) AS p(
            journal_id uuid, position smallint, account text, party_id uuid, tax_key text,
            currency text, amount numeric)
    ), fresh AS (
        INSERT INTO journals (tenant_id, id, kind, reference, source_id, reverses, effective_on,
                              recorded_at)
        SELECT tenant, id, kind, reference, source_id, reverses, effective_on, recorded_at
          FROM given
            ON CONFLICT (tenant_id, reference) DO NOTHING
        RETURNING id, effective_on, recorded_at
    ), booked AS (
        INSERT INTO postings (tenant_id, journal_id, position, account, party_id, tax_key, currency,
                              amount, effective_on, recorded_at)
        SELECT tenant, l.journal_id, l.position, l.account, l.party_id, l.tax_key, l.currency,
               l.amount, f.effective_on, f.recorded_at
          FROM lines l
          JOIN fresh f ON f.id = l.journal_id
    )
    SELECT (SELECT array_agg(id) FROM fresh),
           min(coalesce(c.unfit, ARRAY[
               CASE WHEN g.id IS NULL THEN 'posting_has_journal'
                    WHEN c.journal_id IS NULL THEN 'journal_has_postings'
                    ELSE 'journal_balances' END, c.currency]) || coalesce(g.id, c.journal_id)::text)
      INTO written, fault
      FROM given g
      FULL JOIN (
            SELECT l.journal_id, l.currency, sum(l.amount) AS rest,
                   min(CASE WHEN a.code IS NULL
                            THEN ARRAY['ledger_account_known', coalesce(l.account, '(none)')]
                            WHEN a.needs_party AND l.party_id IS NULL
                            THEN ARRAY['ledger_account_has_party', l.account]
                            WHEN a.needs_tax_key AND l.tax_key IS NULL
                            THEN ARRAY['ledger_account_has_tax_key', l.account]
                        END) AS unfit
              FROM lines l
              LEFT JOIN ledger_accounts a ON a.tenant_id = tenant AND a.code = l.account
             GROUP BY l.journal_id, l.currency
           ) c ON c.journal_id = g.id
     WHERE c.rest IS DISTINCT FROM 0 OR c.unfit IS NOT NULL OR g.id IS NULL;
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'check_violation',
            CONSTRAINT = fault[1],
            DETAIL = coalesce(fault[3], ''),
            MESSAGE = CASE fault[1]
                WHEN 'posting_has_journal' THEN 'posting of a journal that is not given'
                WHEN 'journal_has_postings' THEN 'journal without postings'
                WHEN 'ledger_account_known' THEN 'unknown ledger account ' || fault[2]
                WHEN 'ledger_account_has_party'
                    THEN 'ledger account ' || fault[2] || ' needs a party'
                WHEN 'ledger_account_has_tax_key'
                    THEN 'ledger account ' || fault[2] || ' needs a tax key'
                ELSE 'journal does not balance in ' || coalesce(fault[2], '(none)') END;
    END IF;
    RETURN QUERY SELECT unnest(written);
END $$;
REVOKE ALL ON FUNCTION post_journals(json, json) FROM PUBLIC;

-- parties ------------------------------------------------------------------------------------------

CREATE TABLE parties (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    external_id text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('person', 'organisation')),
    name        text CHECK ((name IS NULL) = (kind = 'person')),
    roles       text[] NOT NULL,
    country     text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, external_id)
);

CREATE TABLE accounts (
    tenant_id         uuid NOT NULL,
    id                uuid NOT NULL,
    external_id       text NOT NULL,
    party_id          uuid NOT NULL,
    parent_account_id uuid,
    currency          currency_code NOT NULL,
    time_zone         text NOT NULL,
    created_at        timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, external_id),
    FOREIGN KEY (tenant_id, party_id) REFERENCES parties (tenant_id, id),
    FOREIGN KEY (tenant_id, parent_account_id) REFERENCES accounts (tenant_id, id)
);
CREATE INDEX accounts_by_party ON accounts (tenant_id, party_id, id);

-- Where a payee gets money; holder, IBAN and BIC are encrypted with the party's key. The newest row counts.
CREATE TABLE payout_accounts (
    tenant_id  uuid NOT NULL,
    id         uuid NOT NULL,
    party_id   uuid NOT NULL,
    currency   currency_code NOT NULL,
    iban_last4 text NOT NULL,
    ciphertext bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, party_id) REFERENCES parties (tenant_id, id)
);
CREATE INDEX payout_accounts_by_party ON payout_accounts (tenant_id, party_id, currency, id);

-- catalog ------------------------------------------------------------------------------------------

CREATE TABLE products (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    external_id text NOT NULL,
    name        text NOT NULL,
    tax_class   text NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, external_id)
);

CREATE TABLE plans (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    external_id text NOT NULL,
    product_id  uuid NOT NULL,
    name        text NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, external_id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id)
);

CREATE TABLE plan_versions (
    tenant_id  uuid NOT NULL,
    id         uuid NOT NULL,
    plan_id    uuid NOT NULL,
    version    integer NOT NULL,
    valid_from timestamptz NOT NULL,
    terms      jsonb NOT NULL,
    hash       text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, plan_id, version),
    UNIQUE (tenant_id, plan_id, valid_from),
    FOREIGN KEY (tenant_id, plan_id) REFERENCES plans (tenant_id, id)
);

CREATE TABLE tax_rates (
    tenant_id  uuid NOT NULL,
    country    text NOT NULL,
    tax_class  text NOT NULL,
    valid_from date NOT NULL,
    rate       numeric NOT NULL CHECK (rate >= 0 AND rate < 1 AND scale(rate) <= 6),
    PRIMARY KEY (tenant_id, country, tax_class, valid_from)
);

-- shares -------------------------------------------------------------------------------------------

CREATE TABLE agreements (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    external_id text NOT NULL,
    name        text NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, external_id)
);

CREATE TABLE agreement_versions (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    agreement_id uuid NOT NULL,
    version      integer NOT NULL,
    valid_from   timestamptz NOT NULL,
    terms        jsonb NOT NULL,
    hash         text NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, agreement_id, version),
    UNIQUE (tenant_id, agreement_id, valid_from),
    FOREIGN KEY (tenant_id, agreement_id) REFERENCES agreements (tenant_id, id)
);

CREATE TABLE agreement_signoffs (
    tenant_id            uuid NOT NULL,
    agreement_version_id uuid NOT NULL,
    hash                 text NOT NULL,
    actor_id             uuid NOT NULL,
    signed_at            timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, agreement_version_id),
    FOREIGN KEY (tenant_id, agreement_version_id) REFERENCES agreement_versions (tenant_id, id)
);

CREATE TABLE totals (
    tenant_id            uuid NOT NULL,
    owner_id             uuid NOT NULL,
    component            text NOT NULL,
    window_id            uuid NOT NULL,
    segment              integer NOT NULL,
    group_key            text NOT NULL,
    id                   uuid NOT NULL,
    rule_hash            text NOT NULL,
    agreement_version_id uuid,
    state                jsonb NOT NULL,
    currency             currency_code NOT NULL,
    amount               exact_amount NOT NULL,  -- of the price, in the basis of the plan
    sale_id              uuid NOT NULL,  -- whose payment releases the shares: the order
    reference            text NOT NULL,  -- what partners know the sale by, in their line files
    customer_id          uuid NOT NULL,
    gross                exact_amount NOT NULL,  -- what the customer owes for it
    returned             exact_amount NOT NULL DEFAULT 0,  -- of gross, undone so far
    charged_back         exact_amount NOT NULL DEFAULT 0,  -- of returned, by chargebacks that stand
    revenue_account      text NOT NULL,
    net                  exact_amount NOT NULL,  -- the seller's own revenue in it
    tax                  exact_amount NOT NULL,  -- and the tax on that
    tax_key              text NOT NULL,
    event_count          bigint NOT NULL,
    event_hash           text NOT NULL,
    revision             bigint NOT NULL,
    PRIMARY KEY (tenant_id, owner_id, component, window_id, segment, group_key)
);

CREATE TABLE share_lines (
    tenant_id            uuid NOT NULL,
    id                   uuid NOT NULL,
    total_id             uuid NOT NULL,
    sale_id             uuid NOT NULL,
    agreement_version_id uuid NOT NULL,
    rule                 text NOT NULL,
    kind                 text NOT NULL CHECK (kind IN ('share', 'commission')),
    of_line_id           uuid,
    beneficiary_id       uuid NOT NULL,
    currency             currency_code NOT NULL,
    base                 exact_amount NOT NULL,
    factors              jsonb NOT NULL,
    amount               exact_amount NOT NULL,
    vat_rate             numeric,
    vat_amount           exact_amount NOT NULL,
    effective_on         date NOT NULL,
    recorded_at          timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX share_lines_by_sale ON share_lines (tenant_id, sale_id);
CREATE INDEX share_lines_by_beneficiary ON share_lines (tenant_id, beneficiary_id, id) WHERE kind = 'share';

CREATE INDEX totals_by_id ON totals (tenant_id, id);
CREATE INDEX totals_by_sale ON totals (tenant_id, sale_id);

-- What of a total's gross one refund, chargeback or cancellation undid; negative gives it back.
CREATE TABLE total_reversals (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    source_id    uuid NOT NULL,
    total_id     uuid NOT NULL,
    event        text NOT NULL CHECK (event IN ('cancellation', 'refund', 'chargeback', 'reinstatement')),
    amount       exact_amount NOT NULL CHECK (amount <> 0),
    net          exact_amount NOT NULL,
    tax          exact_amount NOT NULL,
    borne        exact_amount NOT NULL,
    effective_on date NOT NULL,
    recorded_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX total_reversals_by_source ON total_reversals (tenant_id, source_id);

CREATE TABLE share_movements (
    tenant_id      uuid NOT NULL,
    id             uuid NOT NULL,
    share_line_id  uuid NOT NULL,
    sale_id       uuid NOT NULL,
    beneficiary_id uuid NOT NULL,
    kind           text NOT NULL CHECK (kind IN ('pending', 'released', 'reversed', 'disputed', 'reinstated',
                                                 'stated', 'paid')),
    from_state     text CHECK (from_state IN ('pending', 'released', 'stated', 'reversed')),
    to_state       text NOT NULL CHECK (to_state IN ('pending', 'released', 'stated', 'reversed', 'paid')),
    currency       currency_code NOT NULL,
    amount         exact_amount NOT NULL,
    vat_amount     exact_amount NOT NULL,
    posted         boolean NOT NULL,
    source_id      uuid NOT NULL,
    effective_on   date NOT NULL,
    recorded_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX share_movements_by_sale ON share_movements (tenant_id, sale_id);
CREATE INDEX share_movements_by_beneficiary
    ON share_movements (tenant_id, beneficiary_id, currency, effective_on);

-- What movements add up to, so that nobody has to add them up to know where a partner stands. Every
-- statement that writes movements writes their sums here too, per state they enter or leave (negative);
-- rows of one key are put together later, so writers never wait for each other.
CREATE TABLE share_sums (
    tenant_id      uuid NOT NULL,
    id             uuid NOT NULL,
    beneficiary_id uuid NOT NULL,
    currency       currency_code NOT NULL,
    effective_on   date NOT NULL,
    line_kind      text NOT NULL,
    kind           text NOT NULL,
    state          text NOT NULL,
    amount         exact_amount NOT NULL,
    vat_amount     exact_amount NOT NULL,
    movements      bigint NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX share_sums_by_beneficiary ON share_sums (tenant_id, beneficiary_id, currency, effective_on);

-- receivables --------------------------------------------------------------------------------------

CREATE TABLE open_items (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    account_id  uuid NOT NULL,
    party_id    uuid NOT NULL,
    source_id   uuid NOT NULL,
    currency    currency_code NOT NULL,
    amount      exact_amount NOT NULL,
    open_amount exact_amount NOT NULL,
    opened_on   date NOT NULL,
    due_on      date NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id)
);
CREATE INDEX open_items_by_account ON open_items (tenant_id, account_id, opened_on);
CREATE INDEX open_items_by_source ON open_items (tenant_id, source_id);

CREATE TABLE allocations (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    open_item_id uuid NOT NULL,
    source_id    uuid NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('payment', 'refund', 'chargeback', 'reinstated', 'credit')),
    amount       exact_amount NOT NULL,
    effective_on date NOT NULL,
    recorded_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX allocations_by_item ON allocations (tenant_id, open_item_id);

-- payments -----------------------------------------------------------------------------------------

CREATE TABLE payments (
    tenant_id          uuid NOT NULL,
    id                 uuid NOT NULL,
    account_id         uuid NOT NULL,
    party_id           uuid NOT NULL,
    purpose            text NOT NULL CHECK (purpose IN ('order', 'invoice', 'collective_statement', 'top_up')),
    open_item_id       uuid,  -- none for a top-up: nothing is owed, source_id is the top-up
    source_id          uuid NOT NULL,
    provider           text NOT NULL,
    method             text NOT NULL,
    on_bank            boolean NOT NULL DEFAULT false,  -- no payout will bring the money
    currency           currency_code NOT NULL,
    amount             exact_amount NOT NULL CHECK (amount > 0),
    state              text NOT NULL,
    refunded           exact_amount NOT NULL DEFAULT 0,
    provider_reference text,
    failure_code       text,
    attempts           integer NOT NULL DEFAULT 0,
    next_attempt_at    timestamptz,
    created_at         timestamptz NOT NULL,
    captured_at        timestamptz,  -- business time, like failed_at
    failed_at          timestamptz,
    PRIMARY KEY (tenant_id, id),
    CHECK ((purpose = 'top_up') = (open_item_id IS NULL))
);
CREATE INDEX payments_by_source ON payments (tenant_id, source_id);
CREATE INDEX payments_by_reference ON payments (tenant_id, provider_reference);
CREATE INDEX payments_due ON payments (tenant_id, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX payments_late ON payments (tenant_id, id) WHERE state = 'late';

CREATE TABLE payment_movements (
    tenant_id      uuid NOT NULL,
    id             uuid NOT NULL,
    payment_id     uuid NOT NULL,
    kind           text NOT NULL CHECK (kind IN ('captured', 'refunded', 'charged_back', 'chargeback_won',
                                                 'chargeback_lost', 'returned', 'failed')),
    amount         exact_amount NOT NULL,
    fee            exact_amount NOT NULL DEFAULT 0,
    source         text NOT NULL,
    effective_on   date NOT NULL,
    recorded_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, payment_id, kind, source)
);

CREATE TABLE payment_refunds (
    tenant_id          uuid NOT NULL,
    id                 uuid NOT NULL,
    payment_id         uuid NOT NULL,
    source_id          uuid NOT NULL,
    total_id           uuid,
    currency           currency_code NOT NULL,
    gross              exact_amount NOT NULL CHECK (gross > 0),
    fee                exact_amount NOT NULL CHECK (fee >= 0 AND fee <= gross),
    fee_tax_key        text,
    fee_tax_rate       numeric,
    reason             text NOT NULL,
    state              text NOT NULL,
    provider_reference text,
    failure_code       text,
    attempts           integer NOT NULL DEFAULT 0,
    next_attempt_at    timestamptz,
    created_at         timestamptz NOT NULL,
    ended_at           timestamptz,  -- business time: done or failed
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, payment_id) REFERENCES payments (tenant_id, id)
);
CREATE INDEX payment_refunds_by_source ON payment_refunds (tenant_id, source_id);
CREATE INDEX payment_refunds_by_reference ON payment_refunds (tenant_id, provider_reference);
CREATE INDEX payment_refunds_due ON payment_refunds (tenant_id, next_attempt_at) WHERE next_attempt_at IS NOT NULL;

CREATE TABLE disputes (
    tenant_id          uuid NOT NULL,
    id                 uuid NOT NULL,
    payment_id         uuid NOT NULL,
    provider_reference text NOT NULL,
    currency           currency_code NOT NULL,
    amount             exact_amount NOT NULL,
    fee                exact_amount NOT NULL,
    state              text NOT NULL CHECK (state IN ('open', 'won', 'lost')),
    opened_on          date NOT NULL,
    closed_on          date,
    opened_at          timestamptz NOT NULL,  -- business time, like closed_at
    closed_at          timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, provider_reference),
    FOREIGN KEY (tenant_id, payment_id) REFERENCES payments (tenant_id, id)
);

CREATE INDEX disputes_by_payment ON disputes (tenant_id, payment_id);

CREATE TABLE provider_events (
    tenant_id   uuid NOT NULL,
    provider    text NOT NULL,
    event_id    text NOT NULL,
    kind        text NOT NULL,
    body_hash   text NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, provider, event_id)
);

CREATE TABLE psp_payouts (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    provider    text NOT NULL,
    reference   text NOT NULL,
    currency    currency_code NOT NULL,
    gross       exact_amount NOT NULL,
    fees        exact_amount NOT NULL,
    net         exact_amount NOT NULL,
    paid_on     date NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, provider, reference)
);

-- orders -------------------------------------------------------------------------------------------

CREATE TABLE quotes (
    tenant_id  uuid NOT NULL,
    id         uuid NOT NULL,
    account_id uuid,
    currency   currency_code NOT NULL,
    gross      exact_amount NOT NULL,
    body       jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE orders (
    tenant_id       uuid NOT NULL,
    id              uuid NOT NULL,
    external_id     text NOT NULL,
    account_id      uuid NOT NULL,
    party_id        uuid NOT NULL,
    quote_id        uuid,
    body_hash       text NOT NULL,
    state           text NOT NULL,
    currency        currency_code NOT NULL,
    gross           exact_amount NOT NULL,
    paid            exact_amount NOT NULL DEFAULT 0,
    returned        exact_amount NOT NULL DEFAULT 0,
    version         integer NOT NULL DEFAULT 1,
    placed_at       timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, external_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id)
);
CREATE INDEX orders_by_account ON orders (tenant_id, account_id, id);
CREATE INDEX orders_by_time ON orders (tenant_id, placed_at);

CREATE TABLE order_items (
    tenant_id       uuid NOT NULL,
    id              uuid NOT NULL,
    order_id        uuid NOT NULL,
    position        smallint NOT NULL,
    plan_version_id uuid NOT NULL,
    attributes      jsonb NOT NULL,
    quantity        exact_amount NOT NULL,
    gross           exact_amount NOT NULL,
    net             exact_amount NOT NULL,
    tax             exact_amount NOT NULL,
    tax_key         text NOT NULL,
    service_on      date NOT NULL,
    state           text NOT NULL,
    delivered_at    timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
);
CREATE INDEX order_items_by_order ON order_items (tenant_id, order_id);

-- delivery -----------------------------------------------------------------------------------------

CREATE TABLE delivery_tasks (
    tenant_id       uuid NOT NULL,
    id              uuid NOT NULL,
    order_id        uuid NOT NULL,
    item_id         uuid NOT NULL,
    step            text NOT NULL,
    adapter         text NOT NULL,
    after           text[] NOT NULL,
    settings        jsonb NOT NULL,
    attributes      jsonb NOT NULL,
    state           text NOT NULL,
    attempts        integer NOT NULL DEFAULT 0,
    attempt_group   integer NOT NULL DEFAULT 1,  -- with the id the key sent to the target
    retries         integer NOT NULL DEFAULT 0,
    started_at      timestamptz,  -- real time of the first attempt of the group
    next_attempt_at timestamptz,
    result          jsonb,
    failure         jsonb,
    created_at      timestamptz NOT NULL,
    done_at         timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, item_id, step)
);
CREATE INDEX delivery_tasks_by_order ON delivery_tasks (tenant_id, order_id);
CREATE INDEX delivery_tasks_for_people ON delivery_tasks (tenant_id, id)
 WHERE state = 'fallout' OR (state = 'awaiting_callback' AND adapter = 'manual');
CREATE INDEX delivery_tasks_due ON delivery_tasks (tenant_id, next_attempt_at) WHERE next_attempt_at IS NOT NULL;

CREATE TABLE delivery_attempts (
    tenant_id   uuid NOT NULL,
    task_id     uuid NOT NULL,
    attempt     integer NOT NULL,
    outcome     text NOT NULL,
    detail      jsonb NOT NULL,
    actor_id    uuid,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, task_id, attempt)
);

-- What signs tickets and webhooks of a tenant; the secret is sealed with the installation's key.
CREATE TABLE signing_keys (
    tenant_id  uuid NOT NULL,
    id         uuid NOT NULL,
    purpose    text NOT NULL CHECK (purpose IN ('ticket', 'webhook', 'provider_callback')),
    public_key text,
    sealed     bytea NOT NULL,
    created_at timestamptz NOT NULL,
    retired_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);

-- settlements --------------------------------------------------------------------------------------

CREATE TABLE statements (
    tenant_id     uuid NOT NULL,
    id            uuid NOT NULL,
    number        text NOT NULL,
    beneficiary_id uuid NOT NULL,
    sequence      integer NOT NULL,
    period_from   date NOT NULL,
    period_to     date NOT NULL,
    currency      currency_code NOT NULL,
    opening       exact_amount NOT NULL,
    carried_in    exact_amount NOT NULL,
    share_exact   exact_amount NOT NULL,
    share         exact_amount NOT NULL,
    carried_out   exact_amount NOT NULL,
    supply_vat    exact_amount NOT NULL,
    commission    exact_amount NOT NULL,
    vat           exact_amount NOT NULL,
    returned_payouts exact_amount NOT NULL,
    net           exact_amount NOT NULL,
    total         exact_amount NOT NULL,
    payout        exact_amount NOT NULL,
    closing       exact_amount NOT NULL,
    line_count    bigint NOT NULL,
    lines_hash    text NOT NULL,
    terms_hashes  text[] NOT NULL,
    state         text NOT NULL,
    created_at    timestamptz NOT NULL,
    approved_by   uuid,
    approved_at   timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, number),
    UNIQUE (tenant_id, beneficiary_id, currency, sequence)
);
CREATE INDEX statements_by_period ON statements (tenant_id, period_to);
CREATE INDEX statements_to_pay ON statements (tenant_id, currency, id) WHERE state = 'approved';

-- A statement's line file in parts, so that neither writing nor reading it needs it whole.
CREATE TABLE statement_files (
    tenant_id    uuid NOT NULL,
    statement_id uuid NOT NULL,
    part         integer NOT NULL,
    content      bytea NOT NULL,
    PRIMARY KEY (tenant_id, statement_id, part)
);

-- Above which total somebody else than its maker approves a payout run; without a row always.
CREATE TABLE payout_terms (
    tenant_id           uuid NOT NULL,
    currency            currency_code NOT NULL,
    second_person_above exact_amount NOT NULL CHECK (second_person_above >= 0),
    PRIMARY KEY (tenant_id, currency)
);

CREATE TABLE payout_runs (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    message_id  text NOT NULL,
    currency    currency_code NOT NULL,
    total       exact_amount NOT NULL,
    count       integer NOT NULL,
    state       text NOT NULL,
    schema      text NOT NULL,
    execute_on  date NOT NULL,
    file        bytea NOT NULL,
    file_hash   text NOT NULL,
    created_by  uuid NOT NULL,
    approved_by uuid,
    created_at  timestamptz NOT NULL,
    sent_at     timestamptz,
    attempts        integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, message_id)
);
CREATE INDEX payout_runs_due ON payout_runs (tenant_id, next_attempt_at) WHERE next_attempt_at IS NOT NULL;

CREATE TABLE payouts (
    tenant_id         uuid NOT NULL,
    id                uuid NOT NULL,
    run_id            uuid NOT NULL,
    statement_id      uuid NOT NULL,
    beneficiary_id    uuid NOT NULL,
    payout_account_id uuid NOT NULL,
    end_to_end_id     text NOT NULL,
    currency          currency_code NOT NULL,
    amount            exact_amount NOT NULL CHECK (amount > 0),
    state             text NOT NULL,
    reason            text,
    booked_on         date,
    returned_in       uuid,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, end_to_end_id),
    UNIQUE (tenant_id, statement_id),
    FOREIGN KEY (tenant_id, run_id) REFERENCES payout_runs (tenant_id, id)
);
CREATE INDEX payouts_by_run ON payouts (tenant_id, run_id);
CREATE INDEX payouts_to_return ON payouts (tenant_id, beneficiary_id, currency) WHERE state = 'rejected';

CREATE TABLE bank_answers (
    tenant_id     uuid NOT NULL,
    end_to_end_id text NOT NULL,
    answer        text NOT NULL CHECK (answer IN ('accepted', 'rejected', 'booked')),
    reason        text,
    booked_on     date,
    recorded_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, end_to_end_id, answer)
);

-- the sandbox world: what a payment provider and a bank would keep on their side ---------------------

-- An authorisation becomes captured in place: capture_key is the key of the call that took the money.
-- due_step and due_at (business time) say what happens to it later without anybody asking.
CREATE TABLE sandbox_charges (
    tenant_id       uuid NOT NULL,
    idempotency_key text NOT NULL,
    reference       text NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('charge', 'authorisation')),
    method          text NOT NULL,
    currency        currency_code NOT NULL,
    amount          exact_amount NOT NULL CHECK (amount > 0),
    captured        exact_amount NOT NULL CHECK (captured >= 0 AND captured <= amount),
    capture_key     text,
    state           text NOT NULL CHECK (state IN ('unavailable', 'authorised', 'pending', 'captured',
                                                   'failed')),
    failure_code    text,
    fee             exact_amount NOT NULL CHECK (fee >= 0),
    due_step        text CHECK (due_step IN ('capture', 'fail', 'return')),
    due_at          timestamptz,
    occurred_at     timestamptz NOT NULL,
    payout          text,
    PRIMARY KEY (tenant_id, idempotency_key),
    UNIQUE (tenant_id, reference),
    CHECK ((due_step IS NULL) = (due_at IS NULL))
);
CREATE INDEX sandbox_charges_by_capture ON sandbox_charges (tenant_id, capture_key) WHERE capture_key IS NOT NULL;
CREATE INDEX sandbox_charges_due ON sandbox_charges (tenant_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX sandbox_charges_unpaid ON sandbox_charges (tenant_id, currency) WHERE state = 'captured' AND payout IS NULL;
CREATE INDEX sandbox_charges_by_payout ON sandbox_charges (tenant_id, payout) WHERE payout IS NOT NULL;

-- What moves money after the capture. amount is what it does to the merchant's balance, before the fee.
CREATE TABLE sandbox_movements (
    tenant_id        uuid NOT NULL,
    idempotency_key  text NOT NULL,
    reference        text NOT NULL,
    charge_reference text NOT NULL,
    kind             text NOT NULL CHECK (kind IN ('refund', 'dispute', 'dispute_won', 'return')),
    currency         currency_code NOT NULL,
    amount           exact_amount NOT NULL,
    fee              exact_amount NOT NULL CHECK (fee >= 0),
    state            text NOT NULL CHECK (state IN ('pending', 'done', 'failed', 'open', 'won', 'lost')),
    failure_code     text,
    due_at           timestamptz,
    occurred_at      timestamptz NOT NULL,
    payout           text,
    PRIMARY KEY (tenant_id, idempotency_key),
    UNIQUE (tenant_id, reference)
);
CREATE INDEX sandbox_movements_by_charge ON sandbox_movements (tenant_id, charge_reference);
CREATE INDEX sandbox_movements_due ON sandbox_movements (tenant_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX sandbox_movements_unpaid ON sandbox_movements (tenant_id, currency) WHERE payout IS NULL;
CREATE INDEX sandbox_movements_by_payout ON sandbox_movements (tenant_id, payout) WHERE payout IS NOT NULL;

CREATE TABLE sandbox_payouts (
    tenant_id   uuid NOT NULL,
    reference   text NOT NULL,
    currency    currency_code NOT NULL,
    gross       exact_amount NOT NULL,
    fees        exact_amount NOT NULL,
    net         exact_amount NOT NULL,
    paid_on     date NOT NULL,
    reported_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, reference)
);
CREATE INDEX sandbox_payouts_by_time ON sandbox_payouts (tenant_id, reported_at);

-- The provider's outgoing calls; delivered_at (real time) is set when the receiver has taken one.
CREATE TABLE sandbox_callbacks (
    tenant_id    uuid NOT NULL,
    id           text NOT NULL,
    body         text NOT NULL,
    occurred_at  timestamptz NOT NULL,
    delivered_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX sandbox_callbacks_open ON sandbox_callbacks (tenant_id, occurred_at) WHERE delivered_at IS NULL;

-- What the simulated provider charges this merchant; without a row its list prices hold.
CREATE TABLE sandbox_terms (
    tenant_id   uuid PRIMARY KEY,
    charge_fee  exact_amount NOT NULL CHECK (charge_fee >= 0),
    dispute_fee exact_amount NOT NULL CHECK (dispute_fee >= 0),
    return_fee  exact_amount NOT NULL CHECK (return_fee >= 0)
);

CREATE TABLE sandbox_transfers (
    tenant_id     uuid NOT NULL,
    end_to_end_id text NOT NULL,
    message_id    text NOT NULL,
    iban          text NOT NULL,
    currency      currency_code NOT NULL,
    amount        exact_amount NOT NULL,
    answer        text NOT NULL CHECK (answer IN ('accepted', 'rejected')),
    reason        text,
    booked_on     date,
    received_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, message_id, end_to_end_id)
);
CREATE INDEX sandbox_transfers_by_end_to_end_id ON sandbox_transfers (tenant_id, end_to_end_id);

-- The files the simulated bank took: content_hash tells a repetition from another file of the same name.
CREATE TABLE sandbox_files (
    tenant_id    uuid NOT NULL,
    message_id   text NOT NULL,
    reference    text NOT NULL,
    content_hash text NOT NULL,
    received_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, message_id)
);

-- Rows with a life are updated a few times: room in their page keeps the update off the indexes.
ALTER TABLE totals SET (fillfactor = 70);
ALTER TABLE open_items SET (fillfactor = 70);
ALTER TABLE payments SET (fillfactor = 70);
ALTER TABLE orders SET (fillfactor = 70);
ALTER TABLE order_items SET (fillfactor = 70);
ALTER TABLE delivery_tasks SET (fillfactor = 70);

-- walls and grants ---------------------------------------------------------------------------------

SELECT protect(c.oid::regclass)
  FROM pg_class c
 WHERE c.relnamespace = 'groschen'::regnamespace AND c.relkind = 'r'
   AND c.relname NOT IN ('directory', 'alembic_version');

GRANT USAGE ON SCHEMA groschen TO groschen_app;
GRANT EXECUTE ON FUNCTION current_tenant(), post_journals(json, json) TO groschen_app;
GRANT SELECT, INSERT, DELETE ON directory TO groschen_app;

-- append-only facts
GRANT SELECT, INSERT ON
    tenant_children, events, parties, payout_accounts, products, plans, plan_versions, tax_rates,
    agreements, agreement_versions, agreement_signoffs, total_reversals, share_lines, share_movements, allocations,
    payment_movements, provider_events, psp_payouts, quotes, delivery_attempts, statement_files,
    bank_answers, ledger_accounts
TO groschen_app;

-- written by post_journals alone
GRANT SELECT ON journals, postings TO groschen_app;

-- working rows
GRANT SELECT, INSERT, UPDATE ON
    tenants, api_keys, users, sign_in_links, sessions, event_counters, number_series, accounts, totals,
    open_items, payments, payment_refunds, disputes, orders, order_items, delivery_tasks,
    signing_keys, statements, payout_terms, payout_runs, payouts, sandbox_charges, sandbox_movements,
    sandbox_payouts, sandbox_callbacks, sandbox_terms, sandbox_transfers, sandbox_files, person_vault
TO groschen_app;

-- taken away again: the outbox queue, erased people, expired answers, sums put together
GRANT SELECT, INSERT, DELETE ON outbox, person_keys, person_index, idempotency_keys, share_sums TO groschen_app;
GRANT DELETE ON person_vault TO groschen_app;
