-- Of the kept summary: customers, repeat buyers, those with a positive repeat spend, their spends
-- and what they spent in all.
SELECT
    COUNT(*) AS customers,
    COALESCE(SUM(CASE WHEN x > 0 THEN 1 ELSE 0 END), 0) AS repeaters,
    COALESCE(SUM(CASE WHEN spend_count > 0 THEN 1 ELSE 0 END), 0) AS spenders,
    COALESCE(SUM(spend_count), 0) AS spends,
    COALESCE(SUM(spend_sum), 0) AS spent
FROM summary
