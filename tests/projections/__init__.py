"""Folds and their persisted rows."""
