"""A package, since tests/scalar has test modules of the same names."""
