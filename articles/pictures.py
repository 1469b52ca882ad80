"""What pictures a newsroom takes in, and the sizes it serves."""

CROPS: dict = {}
