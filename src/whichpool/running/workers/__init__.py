"""Worker processes that answer every item exactly once, whatever happens to them.

``crew`` deals to them from the caller's side, ``starting`` forks them or starts them anew, ``serving`` is what they do.
Between the two lie a line for messages, segments for what is large, and a black box for what a dead worker had done.
"""
