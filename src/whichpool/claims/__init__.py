"""The claims of the article, each with an experiment that reads on one screen and a rule that judges what it saw.

A file here holds ``measure``, which runs in a child, under any Python, and needs nothing but the standard library; and
``judge``, which is pure. ``python -m whichpool.claims.heap`` runs one alone.
"""
