"""The indexes over every word of subjects and messages."""

from amity.kernel.textsearch import kept, words

MESSAGES = words("inbox_message", "text")
SUBJECTS = words("inbox_conversation", "subject")

after_migrate = kept(MESSAGES, SUBJECTS)
