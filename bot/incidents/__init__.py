"""Mass events: found by the clock, told to everybody concerned by one click, called off the same way.

spikes   the rule: when so many people at once are no chance
store    the rows: raised, announced, over, dismissed; who was told
watch    the supervised task: looks for spikes, tells those who wait, tells everybody told that it is over
"""
