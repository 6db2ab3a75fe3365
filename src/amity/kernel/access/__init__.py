"""Who may do what: people, tokens, one policy table, the audit trail."""
