"""Makes each fence of each page a test, wherever pytest is told to look."""

pytest_plugins = ["book.testing", "pytester"]
