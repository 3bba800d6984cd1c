"""What is printed is checked as mathematics: letters, values, digits, names, sentences, texts."""
