"""The canvas: wizard, board, versions."""
