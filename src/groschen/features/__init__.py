"""What Groschen can do: one folder per capability; each calls only what stands lower."""
