"""The figures of a period: counted in SQL over events, handoffs and lessons, in the time zone that was asked for.

wanted    which period, zone, channel, language; the period before it, of the same length
figures   a table and a tile: what a page shows, what a CSV holds, the same numbers
contacts  how many came, when, by which door; what was settled by the bot and how sure that is
people    the line of humans: waiting, first words, handling, ratings, agents
answers   topics with their trend and doubts, how fast the bot is

What each figure counts is told to people by `page.numbers.how.*` of the locales, next to the figure.
"""
