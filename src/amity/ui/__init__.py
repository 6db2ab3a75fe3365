"""The house's own look: layouts, components, charts and assets."""
