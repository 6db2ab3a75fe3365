-- What customers answered when they were asked, and how many were asked, days $since to $as_of.
-- segment, relationship_type, touchpoint, kind, outcome (the answer), answers. Somebody's last
-- answer of a day at a touchpoint counts: who changes it means one answer.
WITH said AS (
    SELECT
        COALESCE(c.segment, '') AS segment,
        i.relationship_type AS relationship_type,
        i.touchpoint AS touchpoint,
        i.kind AS kind,
        i.outcome AS outcome,
        ROW_NUMBER() OVER (
            PARTITION BY c.owner_id, i.kind, i.touchpoint, i.day
            ORDER BY i.happened_us DESC, i.id DESC
        ) AS place
    FROM interactions AS i
    INNER JOIN customers AS c ON c.id = i.customer_id
    WHERE i.day >= $since
        AND i.day <= $as_of
        AND (
            i.kind LIKE '%.rated'
            OR i.kind LIKE '%.recommended'
            OR i.kind LIKE '%.found_easy'
            OR i.kind LIKE '%.asked_to_rate'
            OR i.kind LIKE '%.asked_to_recommend'
            OR i.kind LIKE '%.asked_if_easy'
        )
        AND NOT i.is_void
        AND i.id NOT IN (SELECT k.corrects FROM interactions AS k WHERE k.corrects IS NOT NULL)
)

SELECT segment, relationship_type, touchpoint, kind, outcome, COUNT(*) AS answers
FROM said
WHERE place = 1
GROUP BY segment, relationship_type, touchpoint, kind, outcome
ORDER BY segment, relationship_type, touchpoint, kind, outcome
