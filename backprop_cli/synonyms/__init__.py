"""What PyTorch, Keras, scikit-learn and courses call things; loaded for suggestions only.

A word is answered by the word it means here, by several where what is meant depends on whom one
asks, or by a sentence that says what to write.
"""
