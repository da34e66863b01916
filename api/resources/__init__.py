"""The objects of the API: a module for each, with its routes, its fields and its SQL."""
