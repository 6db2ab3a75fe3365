-- What serving cost, by segment, relationship type and touchpoint, days $since to $as_of.
-- interactions, customers, staff_seconds, cost and the part of it that took nobody's time (direct),
-- in minor units, of the rows that count.
SELECT
    COALESCE(c.segment, '') AS segment,
    i.relationship_type AS relationship_type,
    i.touchpoint AS touchpoint,
    COUNT(*) AS interactions,
    COUNT(DISTINCT c.owner_id) AS customers,
    SUM(i.staff_seconds) AS staff_seconds,
    SUM(i.cost_minor) AS cost,
    SUM(CASE WHEN i.staff_seconds = 0 THEN i.cost_minor ELSE 0 END) AS direct
FROM interactions AS i
INNER JOIN customers AS c ON c.id = i.customer_id
WHERE i.day >= $since
    AND i.day <= $as_of
    AND NOT i.is_void
    AND i.id NOT IN (SELECT k.corrects FROM interactions AS k WHERE k.corrects IS NOT NULL)
GROUP BY COALESCE(c.segment, ''), i.relationship_type, i.touchpoint
ORDER BY segment, relationship_type, touchpoint
