"""How fast, how big, how soon: each script starts the product as its own process and measures it from outside.

Read product.py first; latency.py, memory.py and start.py print one figure each; README.md holds what was measured.
"""
