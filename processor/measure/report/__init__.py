"""The report of a measurement: one HTML file that needs nothing else, or Markdown for a comment.

    write(path, Contents(ladder, against=…, verdict=…))

`html` and `markdown` give the texts. Charts come from matplotlib (the extra `measure`) as SVG inside the page.
"""

from processor.measure.report.contents import Contents
from processor.measure.report.page import html

__all__ = ["Contents", "html"]
