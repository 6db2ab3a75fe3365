"""What a conversation is about, learned from what people said of others. Pure."""
