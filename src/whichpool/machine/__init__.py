"""What the machine gives: how many cores may be used and why not more, and what to note down about it."""
