-- Of the kept summary: those with a positive repeat spend whose number $every divides, by number
-- of spends.
SELECT x, t_x, T, spend_count, spend_sum
FROM summary
WHERE spend_count > 0 AND customer % $every = 0
ORDER BY spend_count, customer
