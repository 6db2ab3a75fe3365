"""The settings' pages: company, people, tokens and keys, customer fields, the trail of changes."""
