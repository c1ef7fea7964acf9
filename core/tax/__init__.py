"""What is due of play: bases, treatments, rates. Way: packs, a day's items -> here -> reports.

Pure and exact: amounts are integers of a minor unit, rates are fractions, and every division names
its rounding.
"""
