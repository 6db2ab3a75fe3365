-- One row a customer who ever bought, up to and including the day $as_of.
-- customer; first_day and last_day; x repeat days with a purchase; t_x and T in days after the
-- first; spend_count and spend_sum of the repeat days that brought money; total net of all.
WITH entries AS (
    SELECT
        customer_id AS customer,
        day,
        net_minor,
        CASE WHEN is_sale AND COALESCE(net_minor, 0) >= 0 THEN 1 ELSE 0 END AS buys
    FROM orders
    WHERE customer_id IS NOT NULL
        AND day <= $as_of
        AND (is_sale OR net_minor < 0)
),

days AS (
    SELECT
        customer,
        day,
        SUM(net_minor) AS net,
        SUM(buys) AS entries
    FROM entries
    GROUP BY customer, day
),

firsts AS (
    SELECT customer, MIN(day) AS first_day
    FROM days
    WHERE entries > 0
    GROUP BY customer
),

totals AS (
    SELECT customer, SUM(net) AS total
    FROM days
    GROUP BY customer
)

SELECT
    d.customer AS customer,
    MIN(f.first_day) AS first_day,
    MAX(d.day) AS last_day,
    COUNT(*) - 1 AS x,
    MAX(d.day) - MIN(f.first_day) AS t_x,
    $as_of - MIN(f.first_day) AS T,
    SUM(CASE WHEN d.day > f.first_day AND d.net > 0 THEN 1 ELSE 0 END) AS spend_count,
    SUM(CASE WHEN d.day > f.first_day AND d.net > 0 THEN d.net ELSE 0 END) AS spend_sum,
    MIN(t.total) AS total
FROM days AS d
INNER JOIN firsts AS f ON f.customer = d.customer
INNER JOIN totals AS t ON t.customer = d.customer
WHERE d.entries > 0
GROUP BY d.customer
ORDER BY customer
