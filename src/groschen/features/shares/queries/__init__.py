"""The statements of shares, by what they are about: agreements, totals with their lines, claims."""
