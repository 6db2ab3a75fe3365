-- Of the kept summary: customers by x and T. What a likelihood needs but for those who may have
-- left.
SELECT x, T, COUNT(*) AS customers
FROM summary
GROUP BY x, T
ORDER BY x, T
