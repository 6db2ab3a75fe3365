-- Customers by the month of their first order and the first touch before it, up to the day $as_of.
-- first_month and lead_month (running; -1: no touch is known), touchpoint of that touch, customers.
WITH firsts AS (
    SELECT customer_id AS customer, MIN(day) AS first_day, MIN(month) AS first_month
    FROM orders
    WHERE customer_id IS NOT NULL AND is_sale AND day <= $as_of
    GROUP BY customer_id
),

touches AS (
    SELECT
        c.owner_id AS customer,
        f.first_month AS first_month,
        i.month AS lead_month,
        i.touchpoint AS touchpoint,
        ROW_NUMBER() OVER (PARTITION BY c.owner_id ORDER BY i.happened_us, i.id) AS place
    FROM interactions AS i
    INNER JOIN customers AS c ON c.id = i.customer_id
    INNER JOIN firsts AS f ON f.customer = c.owner_id
    WHERE i.day <= f.first_day
        AND i.touchpoint <> ''
        AND i.direction <> 'none'
        AND i.kind NOT LIKE 'commerce.%'
        AND NOT i.is_void
        AND i.id NOT IN (SELECT k.corrects FROM interactions AS k WHERE k.corrects IS NOT NULL)
),

won AS (
    SELECT customer, first_month, -1 AS lead_month, '' AS touchpoint FROM firsts
    UNION ALL
    SELECT customer, first_month, lead_month, touchpoint FROM touches WHERE place = 1
),

each_one AS (
    SELECT
        customer,
        first_month,
        MAX(lead_month) AS lead_month,
        MAX(touchpoint) AS touchpoint
    FROM won
    GROUP BY customer, first_month
)

SELECT first_month, lead_month, touchpoint, COUNT(*) AS customers
FROM each_one
GROUP BY first_month, lead_month, touchpoint
ORDER BY first_month, lead_month, touchpoint
