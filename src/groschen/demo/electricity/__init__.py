"""Prepaid electricity: households with meters and wallets, a reseller, its supplier."""
