"""Network files whole: read with every layer type and notation, and written on after steps."""
