"""A second run of the script from its beginning, under another reading of it, where the first showed that it needs one.

Two things are known only when a run is over: that a script which today's Python reads is one of Python 2 (`xrange` ends it),
and that its parameters are plain numbers times arrays, which elsewhere are rates and scales. Python 3.9 does not know how
it was started and makes no second run. Both runs share the time that there is.
"""
import os
import sys
import time

PREFIX = "BACKBURN_TRACE_"
BEGUN_IN = os.getcwd()
BEGUN = float(os.environ.get(PREFIX + "BEGUN", time.monotonic()))


def asked(how):
    """Whether this run is the second one, for this reason."""
    return PREFIX + how in os.environ


def run(how):
    """Starts the run anew, unless this is the second already."""
    if not any(name.startswith(PREFIX) for name in os.environ) and hasattr(sys, "orig_argv"):
        os.environ.update({PREFIX + how: "1", PREFIX + "BEGUN": str(BEGUN)})
        sys.stdout.flush()
        os.chdir(BEGUN_IN)
        os.execv(sys.executable, sys.orig_argv)
