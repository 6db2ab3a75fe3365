-- Interactions a month by relationship type and actor, up to the day $as_of.
-- month (running), relationship_type, actor, interactions, staff_seconds, cost (minor units).
SELECT
    month,
    relationship_type,
    actor,
    COUNT(*) AS interactions,
    SUM(staff_seconds) AS staff_seconds,
    SUM(cost_minor) AS cost
FROM interactions
WHERE day <= $as_of
    AND NOT is_void
    AND id NOT IN (SELECT k.corrects FROM interactions AS k WHERE k.corrects IS NOT NULL)
GROUP BY month, relationship_type, actor
ORDER BY month, relationship_type, actor
