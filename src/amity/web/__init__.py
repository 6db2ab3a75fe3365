"""The staff shell: home, sign-in, customers, imports, settings, health."""
