"""Runs a whole job and picks the pool while it works: the plain loop first, workers when they pay.

The way of the data::

    function, items → loop (the caller) → policy: would workers pay? → crew (threads | processes) → results, in order

The loop's results are results; no item is run twice and none is run to be measured. A crew is a team of workers that
answers every item it is given exactly once, whatever happens to a worker; the policy is pure.
"""
