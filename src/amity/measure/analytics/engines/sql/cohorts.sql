-- Customers by the month of their first purchase and months since, up to the day $as_of.
-- cohort (running month), age in months, active customers, net spend of their purchase days.
WITH days AS (
    SELECT
        customer_id AS customer,
        day,
        MIN(month) AS month,
        SUM(net_minor) AS net,
        SUM(CASE WHEN is_sale AND COALESCE(net_minor, 0) >= 0 THEN 1 ELSE 0 END) AS entries
    FROM orders
    WHERE customer_id IS NOT NULL
        AND day <= $as_of
        AND (is_sale OR net_minor < 0)
    GROUP BY customer_id, day
),

firsts AS (
    SELECT customer, MIN(month) AS cohort
    FROM days
    WHERE entries > 0
    GROUP BY customer
)

SELECT
    f.cohort AS cohort,
    d.month - f.cohort AS age,
    COUNT(DISTINCT d.customer) AS active,
    SUM(d.net) AS spend
FROM days AS d
INNER JOIN firsts AS f ON f.customer = d.customer
WHERE d.entries > 0
GROUP BY f.cohort, d.month - f.cohort
ORDER BY cohort, age
