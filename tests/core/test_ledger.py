from __future__ import annotations

from decimal import Decimal
from uuid import NAMESPACE_OID, uuid5

import pytest

from groschen.core.errors import GroschenError, InvariantBroken
from groschen.core.ledger import (
    AccountUnknown,
    Entry,
    EntryIncomplete,
    FeeExceedsRefund,
    Journal,
    JournalUnbalanced,
    PartyAmount,
    ReturnedCommission,
    Revenue,
    Side,
    Undone,
    UndoneShare,
    Used,
    VatMode,
    WalletTerms,
    balanced,
    chargeback,
    chargeback_won,
    check,
    commission_returned,
    conceded_shares,
    credit_granted,
    credit_paid_out,
    journal_of,
    merged,
    payout,
    payout_returned,
    psp_payout,
    refund,
    repayment_returned,
    reversed_journal,
    sale_agent,
    sale_cancelled,
    sale_principal,
    shares_released,
    standard_chart,
    statement_agent,
    top_up,
    top_up_returned,
    usage_charged,
    wallet_closed,
)
from groschen.core.money import add_all
from groschen.core.shares import CommissionSum, StatementInput
from groschen.core.shares.statement import statement

CUSTOMER, PARTNER, OTHER = (uuid5(NAMESPACE_OID, name) for name in ("customer", "op-a", "op-b"))
CHART = standard_chart()


def d(amount: str) -> Decimal:
    return Decimal(amount)


def lines(*journals: Journal) -> dict[str, Decimal]:
    """The balance of each account over some journals; accounts at zero are left out."""
    balances: dict[str, Decimal] = {}
    for journal in journals:
        check(journal, CHART)
        for entry in journal.entries:
            balances[entry.account] = add_all((balances.get(entry.account, d("0")), entry.amount))
    return {account: amount for account, amount in balances.items() if amount}


def released(amount: str, *, is_released: bool = True) -> UndoneShare:
    return UndoneShare(PARTNER, d(amount), is_released)


def test_a_journal_must_sum_to_zero() -> None:
    journal = Journal("odd", "EUR", (Entry("BANK", d("1")), Entry("ROUNDING", d("-0.9"))))
    assert not balanced(journal)
    with pytest.raises(JournalUnbalanced, match=r"exceed its credits by 0\.1"):
        check(journal, CHART)


def test_a_recipe_that_does_not_balance_is_a_bug() -> None:
    with pytest.raises(InvariantBroken):
        journal_of("odd", "EUR", [Entry("BANK", d("1"))])


def test_entries_of_zero_are_left_out() -> None:
    assert journal_of("empty", "EUR", [Entry("BANK", d("0.00"))]).entries == ()


@pytest.mark.parametrize(
    ("entry", "error", "field"),
    [
        (Entry("SHARE_PENDING", d("-1")), EntryIncomplete, "entries.1.party_id"),
        (Entry("TAX_OUT", d("-1")), EntryIncomplete, "entries.1.tax_key"),
        (Entry("REV_MAGIC", d("-1")), AccountUnknown, "account"),
    ],
)
def test_a_posting_must_fit_the_chart(entry: Entry, error: type[GroschenError], field: str) -> None:
    with pytest.raises(error) as refusal:
        check(Journal("odd", "EUR", (Entry("BANK", d("1")), entry)), CHART)
    assert refusal.value.field == field


def test_the_chart_lists_every_account_once_under_its_code() -> None:
    codes = [account.code for account in CHART]
    assert len(codes) == len(set(codes)) == len(CHART.accounts)
    assert CHART.account("PREPAID_VAT").normal_side is Side.DEBIT
    assert CHART.account("SHARE_RELEASED").needs_party
    assert not CHART.account("BANK").needs_party


def test_journals_of_two_currencies_are_not_merged() -> None:
    with pytest.raises(InvariantBroken):
        merged("two", [psp_payout("EUR", d("1"), d("0")), psp_payout("CHF", d("1"), d("0"))])


def test_a_reversed_journal_brings_every_balance_back() -> None:
    sale = sale_agent("EUR", CUSTOMER, d("1"), [PartyAmount(PARTNER, d("1"))])
    assert lines(sale, reversed_journal("undo", sale)) == {}


def test_what_the_agent_keeps_is_commission_with_its_vat() -> None:
    kept = Revenue("REV_COMMISSION", d("0.84"), d("0.16"), "DE-19")
    sale = sale_agent("EUR", CUSTOMER, d("10"), [PartyAmount(PARTNER, d("9"))], [kept])
    assert lines(sale) == {
        "AR": d("10"),
        "SHARE_PENDING": d("-9"),
        "REV_COMMISSION": d("-0.84"),
        "TAX_OUT": d("-0.16"),
    }


def test_a_provider_may_take_money_from_the_bank() -> None:
    assert lines(psp_payout("EUR", d("-27.90"), d("0.30"))) == {
        "BANK": d("-28.20"),
        "EXP_PSP_FEE": d("0.30"),
        "PSP_CLEARING": d("27.90"),
    }


def test_an_unpaid_sale_is_undone_out_of_pending() -> None:
    kept = Revenue("REV_COMMISSION", d("0.84"), d("0.16"), "DE-19")
    sale = sale_agent("EUR", CUSTOMER, d("10"), [PartyAmount(PARTNER, d("9"))], [kept])
    undone = Undone.agent([released("9", is_released=False)], [kept])
    assert lines(sale, sale_cancelled("EUR", CUSTOMER, undone)) == {}


def test_a_principal_gives_up_revenue_and_gets_its_cost_back() -> None:
    revenue = Revenue("REV_TRANSPORT", d("12.06"), d("0.84"), "DE-7")
    shares = [PartyAmount(PARTNER, d("11.3364"))]
    sale = sale_principal("EUR", CUSTOMER, [revenue], shares)
    undone = Undone.principal([revenue], [released("11.3364")])
    assert lines(sale, shares_released("EUR", shares), refund("EUR", undone)) == {
        "AR": d("12.90"),
        "PSP_CLEARING": d("-12.90"),
    }


def test_the_seller_bears_what_a_partner_keeps() -> None:
    undone = Undone.agent([released("9")], borne=d("1"))
    assert lines(refund("EUR", undone)) == {
        "SHARE_RELEASED": d("9"),
        "EXP_SHARES_KEPT": d("1"),
        "PSP_CLEARING": d("-10"),
    }


def test_a_fee_larger_than_the_refund_is_refused() -> None:
    fee = Revenue("REV_FEES", d("10"), d("1.90"), "DE-19")
    with pytest.raises(FeeExceedsRefund) as refusal:
        refund("EUR", Undone.agent([released("9")]), [fee])
    assert refusal.value.field == "fee"


def test_a_chargeback_that_is_won_costs_the_fee_only() -> None:
    undone = Undone.agent([released("12.90")])
    commissions = [
        ReturnedCommission(PARTNER, d("0.774"), d("0.14706"), "DE-19"),
        ReturnedCommission(OTHER, d("0.1"), d("0.007"), "DE-7"),
    ]
    journals = [
        chargeback("EUR", undone, d("15")),
        commission_returned("EUR", commissions),
        chargeback_won("EUR", undone, commissions),
    ]
    assert lines(*journals) == {"EXP_CHARGEBACK_FEE": d("15"), "PSP_CLEARING": d("-15")}


def test_returned_commission_takes_tax_back_under_each_key() -> None:
    commissions = [
        ReturnedCommission(PARTNER, d("1"), d("0.19"), "DE-19"),
        ReturnedCommission(OTHER, d("1"), d("0.19"), "DE-19"),
        ReturnedCommission(OTHER, d("1"), d("0.07"), "DE-7"),
    ]
    entries = commission_returned("EUR", commissions).entries
    taxes = {entry.tax_key: entry.amount for entry in entries if entry.account == "TAX_OUT"}
    assert taxes == {"DE-19": d("0.38"), "DE-7": d("0.07")}


def test_after_a_negative_statement_only_the_residue_is_left_on_shares() -> None:
    undone = Undone.agent([released("12.90")])
    back = ReturnedCommission(PARTNER, d("0.774"), d("0.14706"), "DE-19")
    figures = statement(
        StatementInput(
            currency="EUR",
            opening=d("0"),
            carried_in=d("0"),
            shares_exact=d("-12.90"),
            commissions=(CommissionSum(d("0.19"), d("-0.774"), d("-0.774"), d("-0.14706")),),
            min_payout=d("10"),
        )
    )
    journals = [
        refund("EUR", undone),
        commission_returned("EUR", [back]),
        statement_agent("EUR", PARTNER, figures, "DE"),
    ]
    assert lines(*journals) == {
        "PARTNER_PAYABLE": d("11.98"),
        "REV_COMMISSION": d("0.77"),
        "TAX_OUT": d("0.15"),
        "PSP_CLEARING": d("-12.90"),
    }
    assert figures.closing == d("-11.98")


def test_an_agents_statement_carries_no_supply_vat() -> None:
    figures = statement(
        StatementInput("EUR", d("0"), d("0"), d("100"), (), d("0"), supply_vat_rate=d("0.07"))
    )
    with pytest.raises(InvariantBroken):
        statement_agent("EUR", PARTNER, figures, "DE")


def test_a_returned_payout_is_payable_again() -> None:
    paid = [PartyAmount(PARTNER, d("5")), PartyAmount(OTHER, d("6"))]
    assert lines(payout("EUR", paid), payout_returned("EUR", paid)) == {}


@pytest.mark.parametrize("mode", VatMode)
def test_a_wallet_that_was_filled_used_and_closed_is_empty(mode: VatMode) -> None:
    wallet = WalletTerms("EUR", CUSTOMER, mode, "DE", d("0.19"))
    used = [Used("REV_ENERGY", d("2"))]
    balances = lines(
        top_up(wallet, d("20"), d("0")),
        usage_charged(wallet, used, from_credit=d("2.38")),
        wallet_closed(wallet, d("17.62")),
    )
    assert balances == {"BANK": d("2.38"), "REV_ENERGY": d("-2"), "TAX_OUT": d("-0.38")}


@pytest.mark.parametrize("mode", VatMode)
def test_vat_is_due_once_whoever_pays_first(mode: VatMode) -> None:
    wallet = WalletTerms("EUR", CUSTOMER, mode, "DE", d("0.19"))
    used = [Used("REV_ENERGY", d("2"))]
    balances = lines(
        usage_charged(wallet, used, from_credit=d("0")),
        top_up(wallet, d("2.38"), d("2.38")),
    )
    assert balances == {"BANK": d("2.38"), "REV_ENERGY": d("-2"), "TAX_OUT": d("-0.38")}


def test_multi_purpose_credit_owes_no_vat_when_it_is_returned() -> None:
    wallet = WalletTerms("EUR", CUSTOMER, VatMode.MULTI_PURPOSE, "DE", d("0.19"))
    journal = top_up_returned(wallet, d("20"), left=d("8"), fee=d("3"))
    assert lines(journal) == {
        "PREPAID": d("8"),
        "AR": d("12"),
        "EXP_RETURN_FEE": d("3"),
        "BANK": d("-23"),
    }


@pytest.mark.parametrize("from_credit", ["-0.01", "2.39"])
def test_credit_pays_no_more_than_was_used(from_credit: str) -> None:
    wallet = WalletTerms("EUR", CUSTOMER, VatMode.SINGLE_PURPOSE, "DE", d("0.19"))
    with pytest.raises(InvariantBroken):
        usage_charged(wallet, [Used("REV_ENERGY", d("2"))], from_credit=d(from_credit))


PREPAID = WalletTerms("EUR", CUSTOMER, VatMode.SINGLE_PURPOSE, "DE", d("0.19"))


def test_given_credit_earns_less_and_its_vat_is_never_due() -> None:
    given = credit_granted(PREPAID, d("11.90"), d("1.90"))
    used = usage_charged(PREPAID, [Used("REV_ENERGY", d("10"))], d("11.90"))
    assert lines(given) == {
        "PROMOTION": d("10"),
        "PREPAID_VAT": d("1.90"),
        "PREPAID": d("-11.90"),
    }
    assert lines(given, used) == {"PROMOTION": d("10"), "REV_ENERGY": d("-10")}


def test_repaid_emergency_credit_that_was_not_used_is_an_advance() -> None:
    used = usage_charged(PREPAID, [Used("REV_ENERGY", d("10"))], d("0"))
    paid = top_up(PREPAID, d("11.90"), d("11.90"))
    back = reversed_journal("usage_charged", used)
    returned = repayment_returned(PREPAID, d("11.90"), d("1.90"))
    assert lines(used, paid, back, returned) == lines(top_up(PREPAID, d("11.90"), d("0")))


def test_money_of_a_top_up_may_be_with_the_provider() -> None:
    assert lines(top_up(PREPAID, d("11.90"), d("0"), "PSP_CLEARING"))["PSP_CLEARING"] == d("11.90")


def test_a_conceded_share_of_a_principal_is_no_cost_any_more() -> None:
    undone = Undone.principal([], [UndoneShare(PARTNER, d("0.70"), is_released=True)])
    assert conceded_shares("EUR", undone).entries == (
        Entry("SHARE_RELEASED", d("0.70"), PARTNER),
        Entry("COST_OF_SHARES", d("-0.70")),
    )


def test_an_agent_gets_back_what_the_note_took_of_money_held_for_others() -> None:
    kept = [Revenue("REV_COMMISSION", d("1"), d("0.19"), "DE-19")]
    undone = Undone.agent([UndoneShare(PARTNER, d("10.71"), is_released=False)], kept)
    given_up = [Revenue("REV_ENERGY", d("10"), d("1.904"), "DE-19")]
    journal = conceded_shares("EUR", undone, given_up)
    assert balanced(journal)
    assert Entry("ROUNDING", d("0.004")) in journal.entries
    check(journal, CHART)


def test_money_paid_out_is_what_the_credit_note_owed() -> None:
    assert credit_paid_out("EUR", CUSTOMER, d("8.33")).entries == (
        Entry("AR", d("8.33"), CUSTOMER),
        Entry("PSP_CLEARING", d("-8.33")),
    )
