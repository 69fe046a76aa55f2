"""The networks of the book, each a plain torch module."""
