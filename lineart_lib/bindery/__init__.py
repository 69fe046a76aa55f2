"""The build: content keys, execution, pages, the site."""
