-- What customers brought and cost by 30 days since their first order, up to the day $as_of, of the
-- cohorts from the month $first on. cohort (running month), customer, age (0: the first 30 days),
-- net of orders and cost of interactions (minor units).
WITH firsts AS (
    SELECT customer_id AS customer, MIN(day) AS first_day, MIN(month) AS cohort
    FROM orders
    WHERE customer_id IS NOT NULL AND is_sale AND day <= $as_of
    GROUP BY customer_id
),

lines AS (
    SELECT customer_id AS customer, day, COALESCE(net_minor, 0) AS net, 0 AS cost
    FROM orders
    WHERE customer_id IS NOT NULL AND day <= $as_of
    UNION ALL
    SELECT c.owner_id AS customer, i.day AS day, 0 AS net, i.cost_minor AS cost
    FROM interactions AS i
    INNER JOIN customers AS c ON c.id = i.customer_id
    WHERE i.day <= $as_of
        AND i.cost_minor <> 0
        AND NOT i.is_void
        AND i.id NOT IN (SELECT k.corrects FROM interactions AS k WHERE k.corrects IS NOT NULL)
)

SELECT
    f.cohort AS cohort,
    l.customer AS customer,
    CAST(FLOOR((l.day - f.first_day) / 30) AS BIGINT) AS age,
    SUM(l.net) AS net,
    SUM(l.cost) AS cost
FROM lines AS l
INNER JOIN firsts AS f ON f.customer = l.customer
WHERE l.day >= f.first_day AND f.cohort >= $first
GROUP BY f.cohort, l.customer, CAST(FLOOR((l.day - f.first_day) / 30) AS BIGINT)
ORDER BY cohort, customer, age
