"""What monitors see: the whole log as MQTT messages, and retained messages that say how things stand.

The log is the outbox: the publisher reads it after a stored position and moves that position on when the broker has
acknowledged, so nothing is lost whatever becomes of the broker or the daemon. `topics` and `messages` are pure and are
the contract with subscribers; everything that connects lives in the other modules.
"""
