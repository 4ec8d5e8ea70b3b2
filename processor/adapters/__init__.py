"""One outside system each. They translate its exceptions at this edge and never import each other."""
