"""Each file touches one outside thing: a Protocol says what the house needs of it, a class does it. Heavy imports wait."""
