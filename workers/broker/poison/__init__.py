"""Finds messages that kill their workers: `ownership` counts deaths, `solo_turn` tries one record at a time.

Private to the broker.
"""
