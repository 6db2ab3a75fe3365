from django.test import Client


def test_ada_and_ben_see_the_inbox_and_cleo_does_not(
    ada_client: Client, ben_client: Client, cleo_client: Client
) -> None:
    assert ada_client.get("/inbox/").status_code == 200
    assert ben_client.get("/inbox/").status_code == 200
    assert cleo_client.get("/inbox/").status_code == 403
