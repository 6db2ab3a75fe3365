-- Of the kept summary: the repeat buyers whose number $every divides, in the order of x.
SELECT x, t_x, T
FROM summary
WHERE x > 0 AND customer % $every = 0
ORDER BY x
