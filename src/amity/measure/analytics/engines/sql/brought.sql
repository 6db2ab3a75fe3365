-- What orders brought, as the log tells of them, days $since to $as_of.
-- segment, relationship_type, touchpoint, currency, orders, brought (minor units).
SELECT
    COALESCE(c.segment, '') AS segment,
    i.relationship_type AS relationship_type,
    i.touchpoint AS touchpoint,
    i.currency AS currency,
    COUNT(*) AS orders,
    SUM(COALESCE(i.value_minor, 0)) AS brought
FROM interactions AS i
INNER JOIN customers AS c ON c.id = i.customer_id
WHERE i.day >= $since
    AND i.day <= $as_of
    AND i.kind LIKE 'commerce.%'
    AND NOT i.is_void
    AND i.id NOT IN (SELECT k.corrects FROM interactions AS k WHERE k.corrects IS NOT NULL)
GROUP BY COALESCE(c.segment, ''), i.relationship_type, i.touchpoint, i.currency
ORDER BY segment, relationship_type, touchpoint, currency
