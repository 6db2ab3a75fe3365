-- Every touch of a customer in order, and the orders between them, days $since to $as_of.
-- customer, happened_us, touchpoint key, converted (1: an order), of the rows that count. A touch
-- went from one to the other at a known touchpoint; an order's own touchpoint is none before it.
SELECT
    c.owner_id AS customer,
    i.happened_us AS happened_us,
    i.touchpoint AS touchpoint,
    CASE WHEN i.kind = 'commerce.ordered' THEN 1 ELSE 0 END AS converted
FROM interactions AS i
INNER JOIN customers AS c ON c.id = i.customer_id
WHERE i.day >= $since
    AND i.day <= $as_of
    AND (
        i.kind = 'commerce.ordered'
        OR (i.touchpoint <> '' AND i.direction <> 'none' AND i.kind NOT LIKE 'commerce.%')
    )
    AND NOT i.is_void
    AND i.id NOT IN (SELECT k.corrects FROM interactions AS k WHERE k.corrects IS NOT NULL)
ORDER BY customer, happened_us, i.id
