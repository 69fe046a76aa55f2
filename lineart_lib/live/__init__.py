"""The toys that live in the page: they need no kernel, in the notebook and in the site alike."""
