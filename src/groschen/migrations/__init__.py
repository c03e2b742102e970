"""The schema's history: plain SQL, one file per revision, run by ``kit.migrate``."""
