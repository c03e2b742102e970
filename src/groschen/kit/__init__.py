"""The plumbing: database, jobs, clock, settings. It knows no feature."""
