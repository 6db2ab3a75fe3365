"""Pages of imports: upload, columns, preview, progress, result."""
