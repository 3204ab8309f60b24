"""The simulation study: do the 95% intervals hold the truth, are equals told apart, is a lost mode found?"""
