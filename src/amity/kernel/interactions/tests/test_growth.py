from amity.kernel.interactions.rules import growth_step


def test_the_step_of_growth_moves_with_each_row_at_first_and_rarely_in_a_long_log() -> None:
    assert len({growth_step(rows) for rows in range(20)}) == 20
    assert len({growth_step(rows) for rows in range(1_000_000, 1_040_000, 100)}) == 3
