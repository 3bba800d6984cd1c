"""What is said: a sentence an answer, a document a student, a document a class."""
