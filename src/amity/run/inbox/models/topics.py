from django.db import models

from amity.base.text import fold


class Topic(models.Model):
    """What matters of this company are about, in its own words; conversations carry the name."""

    name = models.CharField(max_length=100, unique=True)
    name_folded = models.CharField(max_length=100, unique=True)  # "Returns" and "returns" are one
    archived_at = models.DateTimeField(null=True)  # no longer given; what has it keeps it
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    def called(self, name: str) -> "Topic":
        """Itself with this name."""
        self.name, self.name_folded = name, fold(name)
        return self


class TopicExample(models.Model):
    """A text of a file with its topic, to learn from before there are enough conversations."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="examples")
    text = models.TextField()
    digest = models.CharField(max_length=64, unique=True)  # sha256 of the text
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.topic_id}: {self.text[:50]}"


class TopicTraining(models.Model):
    """One time that topics were learned: who asked, what came of it, and the model.

    Its id is the model's version. `model` is npz: numbers and the topics' ids, nothing to be run.
    """

    asked_at = models.DateTimeField()
    asked_by_name = models.CharField(max_length=200)
    precision_wanted = models.FloatField()  # 0..1
    job_id = models.BigIntegerField(null=True)
    refusal = models.CharField(max_length=500, default="", blank=True)  # why nothing was learned
    trained_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64, default="", blank=True)  # sha256 of the model
    model = models.BinaryField(null=True)
    report = models.JSONField(null=True)
    is_in_use = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_in_use"],
                condition=models.Q(is_in_use=True),
                name="one_topic_model_in_use",
            )
        ]

    def __str__(self) -> str:
        return f"Model {self.pk}"
