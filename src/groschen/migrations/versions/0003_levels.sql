-- Levels: a reseller below a wholesaler. See docs/concepts/levels.md; conventions as in 0001_foundation.sql.

SET LOCAL lock_timeout = '2s';
SET LOCAL statement_timeout = '1min';

-- offers -------------------------------------------------------------------------------------------

-- An offer between two tenants, under the same id in both: given by the one above, taken by the one below.
CREATE TABLE offers (
    tenant_id      uuid NOT NULL,
    id             uuid NOT NULL,
    external_id    text NOT NULL,
    side           text NOT NULL CHECK (side IN ('given', 'taken')),
    peer_tenant_id uuid NOT NULL,
    account_id     uuid,  -- given: the reseller's billing account
    party_id       uuid,  -- given: the reseller; taken: the wholesaler, once a version is accepted
    currency       currency_code NOT NULL,
    sent_version   integer NOT NULL DEFAULT 0,  -- given: the last version that the other side has
    created_at     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, side, external_id)
);

-- What an offer says, the same on both sides; never changed.
CREATE TABLE offer_copies (
    tenant_id       uuid NOT NULL,
    offer_id        uuid NOT NULL,
    version         integer NOT NULL CHECK (version > 0),
    plan_version_id uuid,  -- given: what it offers
    terms           jsonb NOT NULL,
    hash            text NOT NULL,
    published_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, offer_id, version),
    FOREIGN KEY (tenant_id, offer_id) REFERENCES offers (tenant_id, id)
);

CREATE TABLE offer_acceptances (
    tenant_id            uuid NOT NULL,
    offer_id             uuid NOT NULL,
    version              integer NOT NULL,
    hash                 text NOT NULL,
    components           jsonb,  -- taken: which components of its plans consume which of the offer
    agreement_version_id uuid,   -- taken: what books the cost
    accepted_by          uuid,
    accepted_at          timestamptz NOT NULL,
    told                 boolean NOT NULL,  -- the other side knows
    PRIMARY KEY (tenant_id, offer_id, version),
    FOREIGN KEY (tenant_id, offer_id, version) REFERENCES offer_copies (tenant_id, offer_id, version)
);
CREATE INDEX offer_acceptances_to_tell ON offer_acceptances (tenant_id) WHERE NOT told;

-- totals that travel -------------------------------------------------------------------------------

-- At the reseller: which state of a total it has reached, and which the wholesaler has.
CREATE TABLE level_totals (
    tenant_id          uuid NOT NULL,
    total_id           uuid NOT NULL,
    revision           bigint NOT NULL,
    delivered_revision bigint NOT NULL,
    waiting_since      timestamptz,  -- real time; since when the newest state is in transit
    refusal            text,         -- why the wholesaler could not take it
    PRIMARY KEY (tenant_id, total_id),
    CHECK ((waiting_since IS NULL) = (revision <= delivered_revision))
);
CREATE INDEX level_totals_waiting ON level_totals (tenant_id, waiting_since) WHERE waiting_since IS NOT NULL;

-- At the wholesaler: the items that mirror those of resellers, and what of their contract is known.
CREATE TABLE level_links (
    tenant_id       uuid NOT NULL,
    item_id         uuid NOT NULL,
    subscription_id uuid NOT NULL,
    peer_tenant_id  uuid NOT NULL,
    contract_hash   text NOT NULL,
    PRIMARY KEY (tenant_id, item_id)
);

-- At the wholesaler: the newest state of a reseller's total, by a pseudonym of it.
CREATE TABLE level_states (
    tenant_id      uuid NOT NULL,
    mirror_key     uuid NOT NULL,
    peer_tenant_id uuid NOT NULL,
    total_id       uuid,  -- the total here that it is booked in, once there is something to book
    revision       bigint NOT NULL,
    cells          jsonb NOT NULL,  -- quantity by service day
    received_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, mirror_key)
);
CREATE UNIQUE INDEX level_states_by_total ON level_states (tenant_id, total_id);

-- What both sides booked last of a total: the own row, and the other side's as it told.
CREATE TABLE level_amounts (
    tenant_id      uuid NOT NULL,
    mirror_key     uuid NOT NULL,
    side           text NOT NULL CHECK (side IN ('retail', 'wholesale')),
    peer_tenant_id uuid NOT NULL,
    revision       bigint NOT NULL,
    quantity       exact_amount NOT NULL,
    amount         exact_amount NOT NULL,  -- net
    currency       currency_code NOT NULL,
    booked_at      timestamptz NOT NULL,
    told           boolean NOT NULL,  -- the other side knows; true for what it told
    PRIMARY KEY (tenant_id, mirror_key, side)
);
CREATE INDEX level_amounts_to_tell ON level_amounts (tenant_id, mirror_key) WHERE NOT told;

ALTER TABLE level_totals SET (fillfactor = 60);
ALTER TABLE level_states SET (fillfactor = 60);
ALTER TABLE level_amounts SET (fillfactor = 60);

-- walls and grants ---------------------------------------------------------------------------------

SELECT protect(t::regclass)
  FROM unnest(ARRAY['offers', 'offer_copies', 'offer_acceptances', 'level_totals', 'level_links', 'level_states',
                    'level_amounts']) AS t;

GRANT SELECT, INSERT ON offer_copies TO groschen_app;
GRANT SELECT, INSERT, UPDATE ON
    offers, offer_acceptances, level_totals, level_links, level_states, level_amounts
TO groschen_app;
