"""Turns a rule into a condition that the database can run, on SQLite and on PostgreSQL alike.

Every test of another table is an EXISTS that is led by an index on the customer, so that a list
page stops after its fifty rows and a refresh reads each customer's rows once. Values travel as
parameters, never as SQL.
"""
