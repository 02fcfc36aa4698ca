"""What turns Markdown into pages: fences that ran, figures, checks, finish."""

import os

# Before NumPy is loaded, here and in all that the build and the tests start.
# On arrays this small a second thread waits for the first more than it works;
# and a page's numbers should not depend on how many cores added them up.
for _library in ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")
