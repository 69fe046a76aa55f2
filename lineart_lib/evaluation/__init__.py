"""How good is what a model makes: measures that take features, and know nothing of networks."""
