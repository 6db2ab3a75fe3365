-- The map of a step, over the kept cells: per x the eleven sums of `dropout.SUMS` at the parameters
-- $r, $alpha, $a, $b; $s is 1 for MBG/NBD, else 0.
WITH rows_of AS (
    SELECT
        x,
        customers AS n,
        LN($alpha + T) - LN($alpha + t_x) AS q_,
        1.0E0 / ($alpha + T) AS here,
        1.0E0 / ($alpha + t_x) AS there
    FROM cells
),

odds AS (
    SELECT
        x,
        n,
        q_,
        here - there AS b_,
        there * there - here * here AS d_,
        EXP(LEAST(LN($a) - LN($b + x - 1 + $s) + ($r + x) * q_, 7.0E2)) AS grown
    FROM rows_of
),

shares AS (
    SELECT
        x,
        q_,
        b_,
        d_,
        n * grown / (1.0E0 + grown) AS p_,
        n * grown / (1.0E0 + grown) / (1.0E0 + grown) AS v_,
        n * LN(1.0E0 + grown) AS value_
    FROM odds
)

SELECT
    x,
    SUM(p_) AS p,
    SUM(p_ * q_) AS p_q,
    SUM(p_ * b_) AS p_b,
    SUM(p_ * d_) AS p_d,
    SUM(v_) AS v,
    SUM(v_ * q_) AS v_q,
    SUM(v_ * b_) AS v_b,
    SUM(v_ * q_ * q_) AS v_qq,
    SUM(v_ * q_ * b_) AS v_qb,
    SUM(v_ * b_ * b_) AS v_bb,
    SUM(value_) AS gone
FROM shares
GROUP BY x
ORDER BY x
