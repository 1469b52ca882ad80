"""What a newsroom must have right before it starts; each error says what to set."""
