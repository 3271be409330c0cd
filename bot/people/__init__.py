"""Who the subscriber is: one person in every channel, links between channels, whose number it is now, erasing."""
