"""The mock operator: an outside system with a database of its own, a cast with fixed facts and 10,000 generated people.

Read `operator.py` for what it answers, `people.py` and `cast.yaml` for who is in it, `store.py` for what lasts.

The month never ends here: dates follow the clock, but packages and balances keep the cast's figures, and only what
people do (connecting, buying, changing, borrowing) changes them.
"""

from bot.subscribers_mock.operator import MockSubscribers

__all__ = ["MockSubscribers"]
