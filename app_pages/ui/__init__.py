"""Drawing shared by the pages: theme, figures, ages, live components."""
