"""The blind rating kit: a study as one offline page, and what its answers say."""
