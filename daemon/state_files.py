"""What the files of a state directory are called, for the daemon and for those who read its files without it."""

LOG_FILE = "log.db"
VIEWS_FILE = "views.db"
