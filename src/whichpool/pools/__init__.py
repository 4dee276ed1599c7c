"""Ways to run calls: one file a pool, one Protocol, one catalogue.

The same pools serve a measurement and a real job: results stream back as chunks end, and an item's exception is
that item's result. This room needs nothing but the standard library, because it works inside foreign Pythons.
"""
