"""The look: tokens, components and the template environment that every page is built with."""
