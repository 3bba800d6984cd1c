"""The health of the backward pass: where the error vanishes, explodes or is blocked, and why."""
