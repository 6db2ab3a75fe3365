-- Customers by their scores of recency, frequency and money, up to and including the day $as_of.
-- r, f, m: 1 to 5, 5 is best (m is 0 where no amount is known); customers; their net in all.
-- The score of a value is 1 + floor(5 share), the share being that of customers below it and half
-- of those equal to it.
WITH days AS (
    SELECT
        customer_id AS customer,
        day,
        SUM(net_minor) AS net,
        SUM(CASE WHEN is_sale AND COALESCE(net_minor, 0) >= 0 THEN 1 ELSE 0 END) AS entries
    FROM orders
    WHERE customer_id IS NOT NULL
        AND day <= $as_of
        AND (is_sale OR net_minor < 0)
    GROUP BY customer_id, day
),

bought AS (
    SELECT
        customer,
        MAX(CASE WHEN entries > 0 THEN day END) AS last_day,
        SUM(CASE WHEN entries > 0 THEN 1 ELSE 0 END) AS times,
        SUM(net) AS total
    FROM days
    GROUP BY customer
    HAVING SUM(entries) > 0
),

many AS (
    SELECT COUNT(*) AS everyone, COUNT(total) AS known
    FROM bought
),

recent AS (
    SELECT last_day, COUNT(*) AS n
    FROM bought
    GROUP BY last_day
),

often AS (
    SELECT times, COUNT(*) AS n
    FROM bought
    GROUP BY times
),

money AS (
    SELECT total, COUNT(*) AS n
    FROM bought
    WHERE total IS NOT NULL
    GROUP BY total
),

by_recency AS (
    SELECT last_day, 2 * SUM(n) OVER (ORDER BY last_day) - n AS place
    FROM recent
),

by_frequency AS (
    SELECT times, 2 * SUM(n) OVER (ORDER BY times) - n AS place
    FROM often
),

by_money AS (
    SELECT total, 2 * SUM(n) OVER (ORDER BY total) - n AS place
    FROM money
),

places AS (
    SELECT
        bought.total AS total,
        by_recency.place AS recency,
        by_frequency.place AS frequency,
        CASE WHEN bought.total IS NULL THEN NULL ELSE by_money.place END AS money,
        2.0E0 * many.everyone AS twice_all,
        2.0E0 * many.known AS twice_known
    FROM bought
    INNER JOIN by_recency ON by_recency.last_day = bought.last_day
    INNER JOIN by_frequency ON by_frequency.times = bought.times
    LEFT JOIN by_money ON by_money.total = bought.total
    CROSS JOIN many
),

scored AS (
    SELECT
        CAST(LEAST(1 + FLOOR(5 * recency / twice_all), 5) AS BIGINT) AS r,
        CAST(LEAST(1 + FLOOR(5 * frequency / twice_all), 5) AS BIGINT) AS f,
        CASE
            WHEN money IS NULL THEN 0
            ELSE CAST(LEAST(1 + FLOOR(5 * money / twice_known), 5) AS BIGINT)
        END AS m,
        total
    FROM places
)

SELECT r, f, m, COUNT(*) AS customers, SUM(total) AS net
FROM scored
GROUP BY r, f, m
ORDER BY r, f, m
