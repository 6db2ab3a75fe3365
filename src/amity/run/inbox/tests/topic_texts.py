"""Invented texts of four topics, told apart by their words."""

from amity.run.inbox.rules.topics.lessons import Lesson

OPENINGS = ("Hello,", "Good morning.", "Please help:", "Dear team,", "Hi there", "A question:")
SAID = {
    "delivery": (
        "where is my parcel",
        "the delivery has not arrived",
        "the courier lost the package, when does my parcel come",
        "tracking shows no delivery since Monday",
        "my package was left at the wrong door by the courier",
        "can the parcel be delivered on Saturday",
    ),
    "invoices": (
        "I need an invoice with our tax number",
        "the invoice shows the wrong amount",
        "please send the bill for last month again",
        "there is a billing mistake, we were charged twice",
        "our accounting asks for the invoice as a PDF",
        "the tax on the bill is wrong",
    ),
    "returns": (
        "I want to return the shoes and get a refund",
        "how can I send it back for a refund",
        "the size does not fit, I would like to exchange it",
        "where is the return label for the exchange",
        "I sent it back, when do I get my refund",
        "can worn shoes be returned or exchanged",
    ),
    "login": (
        "I forgot my password and cannot sign in",
        "the login page says my account is locked",
        "the password reset mail never comes",
        "I cannot log in to my account since the update",
        "please unlock my account, the password is right",
        "the sign-in code for the account does not work",
    ),
}


def lessons() -> list[Lesson]:
    """36 texts of each topic."""
    return [
        Lesson(f"{opening} {text}", topic)
        for topic, texts in SAID.items()
        for opening in OPENINGS
        for text in texts
    ]
