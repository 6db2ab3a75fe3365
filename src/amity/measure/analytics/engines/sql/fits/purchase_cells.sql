-- Of the kept summary: repeat buyers by x, t_x and T.
SELECT x, t_x, T, COUNT(*) AS customers
FROM summary
WHERE x > 0
GROUP BY x, t_x, T
