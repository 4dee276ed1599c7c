"""What holds for all tests."""

import signal

from hypothesis import settings

# a deadline is an assertion on elapsed time, and tests also run on busy machines
settings.register_profile("whichpool", deadline=None)
settings.load_profile("whichpool")

# a shell that runs the tests in the background makes them deaf to Ctrl-C, which what they start would inherit
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
