"""The marker's rules: a rubric file read into Rules, and the words that name what is in force."""
