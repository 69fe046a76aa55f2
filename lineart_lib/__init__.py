"""A thin library behind the lineart colorization book."""
