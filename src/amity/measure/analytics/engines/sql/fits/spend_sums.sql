-- The map of a step, over the kept summary: per number of spends the customers, and the sums of
-- ln(S + $v), 1/(S + $v) and 1/(S + $v)^2, where S is what each spent in all, times $factor.
WITH spenders AS (
    SELECT spend_count AS n, spend_sum * $factor + $v AS whole
    FROM summary
    WHERE spend_count > 0
)

SELECT
    n,
    COUNT(*) AS customers,
    SUM(LN(whole)) AS logs,
    SUM(1.0E0 / whole) AS shares,
    SUM(1.0E0 / (whole * whole)) AS squares
FROM spenders
GROUP BY n
ORDER BY n
