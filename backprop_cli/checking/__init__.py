"""Somebody's answers: sheets read, each answer decided, mistakes named, the class reported."""
