"""The rule language: one small typed grammar for segments, list filters, journeys and reports.

`tree` has the rule as frozen values; `parser` and `printer` lead to and from readable text;
`codec` to and from JSON; `catalog` says which fields there are and checks a rule against them.
"""
