"""The error rate that you choose, at the least cost: each step's acceptance threshold, chosen and certified from cases.

    cases -> traces (what every step answers, and how sure it is) -> all thresholds simulated -> a path from the safest
    on, chosen on one part of the cases -> tested along it on the other part -> the cheapest that is certified

Sources: A. N. Angelopoulos, S. Bates, E. J. Candès, M. I. Jordan and L. Lei, Learn then Test: calibrating predictive
algorithms to achieve risk control (2021), arXiv 2110.01052; B. Laufer-Goldshtein, A. Fisch, R. Barzilay and
T. Jaakkola, Efficiently controlling multiple risks with Pareto testing (2022), arXiv 2210.07913.
"""
