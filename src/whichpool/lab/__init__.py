"""Where user code runs: never in the caller's process, always in a child that one sample can cost.

The caller's side is :mod:`~whichpool.lab.launch`. Everything else runs in the child, needs only the standard
library, and works in any Python from 3.11 on::

    caller ── launch ══ control socket ══ bootstrap → supervisor
                  ╚═════ events pipe ═════════════════ └─ fork ─ child → target, items, measure → pools
"""
