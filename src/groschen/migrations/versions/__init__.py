"""The revisions. ``NNNN_what.py`` names itself and runs ``NNNN_what.sql`` beside it."""
