"""What turns Markdown into pages: fences that ran, figures, checks, finish."""
