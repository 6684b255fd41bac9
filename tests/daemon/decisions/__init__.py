"""Rules as given/when/then: the real decisions, settled on a real standing, with a log in memory."""
