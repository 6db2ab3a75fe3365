-- What each customer brought and cost up to the day $as_of.
-- customer; segment; net of orders; cost of interactions (minor units).
WITH bought AS (
    SELECT customer_id AS customer, SUM(net_minor) AS net
    FROM orders
    WHERE customer_id IS NOT NULL AND day <= $as_of
    GROUP BY customer_id
),

served AS (
    SELECT c.owner_id AS customer, SUM(i.cost_minor) AS cost
    FROM interactions AS i
    INNER JOIN customers AS c ON c.id = i.customer_id
    WHERE i.day <= $as_of
        AND NOT i.is_void
        AND i.id NOT IN (SELECT k.corrects FROM interactions AS k WHERE k.corrects IS NOT NULL)
    GROUP BY c.owner_id
),

lines AS (
    SELECT customer, COALESCE(net, 0) AS net, 0 AS cost FROM bought
    UNION ALL
    SELECT customer, 0 AS net, COALESCE(cost, 0) AS cost FROM served
)

SELECT
    l.customer AS customer,
    MIN(c.segment) AS segment,
    SUM(l.net) AS net,
    SUM(l.cost) AS cost
FROM lines AS l
INNER JOIN customers AS c ON c.id = l.customer
GROUP BY l.customer
ORDER BY customer
