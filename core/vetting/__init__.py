"""What is looked at before a library that may run code, or eat the machine, sees a single byte of a stranger's model.

Everything is admitted by name: what no list here knows is refused, with what to export instead. Nothing of this is a
wall: it keeps honest mistakes and the known attacks out, and says why.
"""
