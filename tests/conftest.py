"""What holds for all tests."""

from hypothesis import settings

# a deadline is an assertion on elapsed time, and tests also run on busy machines
settings.register_profile("whichpool", deadline=None)
settings.load_profile("whichpool")
