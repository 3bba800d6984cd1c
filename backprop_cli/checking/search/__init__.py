"""The search for the known mistake that explains what is wrong, matched against a whole sheet."""
