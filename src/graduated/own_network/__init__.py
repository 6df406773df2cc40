"""A network from outside this project: its noise and its sharpness in one table."""
