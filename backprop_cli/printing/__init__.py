"""Mathematics as text: one printer by precedence, a subclass a format; numbers as shown."""
