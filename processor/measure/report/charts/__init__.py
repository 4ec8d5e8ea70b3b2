"""The report's charts: matplotlib draws them, `canvas` makes them fit for a page."""
