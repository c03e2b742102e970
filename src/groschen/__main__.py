"""``python -m groschen``."""

from groschen.cli import main

main()
