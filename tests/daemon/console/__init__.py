"""The console's own parts: layout, forms, files, words."""
