"""Deciding: from measured times to what may be said about them. Pure: no clock, no process, no file."""
