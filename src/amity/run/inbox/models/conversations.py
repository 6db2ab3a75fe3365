from django.db import models
from django.db.models import Q

from amity.base.vocabulary import RelationshipType
from amity.kernel.access.models import Team, User
from amity.kernel.customers.models import Customer
from amity.run.inbox.models.channels import Channel
from amity.run.inbox.models.topics import TopicTraining


class Tag(models.Model):
    """A word that agents put on conversations."""

    name = models.CharField(max_length=50, unique=True)

    def __str__(self) -> str:
        return self.name


class Conversation(models.Model):
    """Messages about one matter, until it is resolved.

    `urgency` is promise at risk times customer value as of `urgency_at`; the queue is in its order.
    `version` rises with each change, so that two people at one conversation notice.
    Where the model looked and said nothing, it was not sure.
    """

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        WAITING = "waiting", "Waiting for customer"
        SNOOZED = "snoozed", "Snoozed"
        CLOSED = "closed", "Closed"

    class Priority(models.IntegerChoices):
        LOW = 1, "Low"
        NORMAL = 2, "Normal"
        HIGH = 3, "High"
        URGENT = 4, "Urgent"

    class TopicOrigin(models.TextChoices):
        NOBODY = "", "Nobody"
        MODEL = "model", "The model"
        PERSON = "person", "A person"

    number = models.PositiveBigIntegerField(unique=True)  # what people and subject lines say
    subject = models.CharField(max_length=300, default="", blank=True)
    preview = models.CharField(max_length=200, default="", blank=True)  # of the last message
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.NORMAL)
    is_spam = models.BooleanField(default=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="conversations")
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.PROTECT, related_name="conversations"
    )
    team = models.ForeignKey(Team, null=True, on_delete=models.SET_NULL, related_name="+")
    assignee = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="assigned_conversations"
    )
    assigned_at = models.DateTimeField(null=True)
    tags = models.ManyToManyField(Tag, related_name="conversations", blank=True)
    language = models.CharField(max_length=10, default="", blank=True)
    topic = models.CharField(max_length=100, default="", blank=True)  # its name; empty: none
    topic_origin = models.CharField(max_length=10, choices=TopicOrigin, default="", blank=True)
    topic_guess = models.CharField(max_length=100, default="", blank=True)  # the model's, if sure
    topic_confidence = models.FloatField(null=True)  # of the model's likeliest topic, sure or not
    topic_model = models.ForeignKey(
        TopicTraining, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )  # that guessed last; a person's word leaves it
    relationship_type = models.CharField(
        max_length=30,
        choices=[(t.value, t.label) for t in RelationshipType],
        default=RelationshipType.PERSONAL_ASSISTANCE.value,
    )
    segment_key = models.CharField(max_length=50, default="", blank=True)  # as it was promised
    policy_version = models.PositiveIntegerField(null=True)  # that the promise was made under
    opened_at = models.DateTimeField()
    last_message_at = models.DateTimeField()
    last_inbound_at = models.DateTimeField(null=True)
    last_outbound_at = models.DateTimeField(null=True)
    first_responded_at = models.DateTimeField(null=True)  # by a person, or usefully by a machine
    waiting_since = models.DateTimeField(null=True)  # since when the customer waits for us
    snoozed_until = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    reopened_count = models.PositiveIntegerField(default=0)
    outcome = models.CharField(max_length=50, default="", blank=True)
    outcome_reason = models.CharField(max_length=300, default="", blank=True)
    message_count = models.PositiveIntegerField(default=0)  # that customers can see
    staff_seconds = models.PositiveIntegerField(default=0)
    cost_minor = models.BigIntegerField(default=0)
    due_at = models.DateTimeField(null=True)  # the soonest running promise
    breached_at = models.DateTimeField(null=True)  # the first promise broken
    urgency = models.FloatField(default=0)
    urgency_at = models.DateTimeField(null=True)
    value_minor = models.BigIntegerField(
        null=True
    )  # the customer's value that the urgency rests on
    merged_into = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="absorbed", db_index=False
    )
    split_from = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="split_off"
    )
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["merged_into"],
                condition=Q(merged_into__isnull=False),
                name="conversations_merged",
            ),
            models.Index(
                # The status is a column, not a condition: SQLite plans before it knows the value.
                fields=["status", "-urgency", "-id"],
                condition=Q(is_spam=False, merged_into__isnull=True),
                name="inbox_queue",
            ),
            models.Index(
                fields=["status", "-last_message_at", "-id"],
                condition=Q(is_spam=False, merged_into__isnull=True),
                name="conversations_recent",
            ),
            models.Index(
                fields=["-last_message_at", "-id"],
                condition=Q(is_spam=False, merged_into__isnull=True),
                name="conversations_by_time",
            ),
            models.Index(
                fields=["assignee", "status", "-last_message_at", "-id"],
                condition=Q(is_spam=False, merged_into__isnull=True),
                name="conversations_of_agent",
            ),
            models.Index(
                # Those without a team are left out, or SQLite takes it for lists of all teams.
                fields=["team", "status", "-last_message_at", "-id"],
                condition=Q(is_spam=False, merged_into__isnull=True, team__isnull=False),
                name="conversations_of_team",
            ),
            models.Index(
                fields=["topic", "topic_origin", "-last_message_at", "-id"],
                condition=Q(is_spam=False, merged_into__isnull=True),
                name="conversations_about",
            ),
            models.Index(fields=["customer", "-last_message_at", "-id"], name="conversations_of"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="promises_due"),
            models.Index(
                fields=["snoozed_until"],
                condition=Q(snoozed_until__isnull=False),
                name="conversations_asleep",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.subject}"

    @property
    def is_topic_unsure(self) -> bool:
        """Whether the model looked at it and was not sure, and no person has said."""
        return self.topic == "" and self.topic_origin == self.TopicOrigin.MODEL


class ImportedCase(models.Model):
    """Where a conversation came from another system's file, and all that the file said of it.

    While the conversation has the version that the import left, nobody has worked on it here.
    """

    conversation = models.OneToOneField(
        Conversation, on_delete=models.CASCADE, related_name="imported"
    )
    source = models.CharField(max_length=50, default="", blank=True)  # whose number it is
    key = models.CharField(max_length=150)
    import_id = models.BigIntegerField(null=True)  # that created it
    version = models.PositiveIntegerField()  # of the conversation when the import left it
    is_kept = models.BooleanField(null=True)  # the promise, by that system's own verdict
    facts = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "source"], name="one_conversation_per_case")
        ]
        indexes = [models.Index(fields=["import_id"], name="cases_of_import")]

    def __str__(self) -> str:
        return f"{self.source} {self.key}"


class Participant(models.Model):
    """Somebody in the conversation beside the company: who asked, who is copied."""

    class Role(models.TextChoices):
        REQUESTER = "requester", "Asked"
        COPIED = "copied", "Copied"

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="participants"
    )
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.PROTECT, related_name="participations_in_inbox"
    )
    address = models.CharField(max_length=320, default="", blank=True)  # e-mail or phone
    name = models.CharField(max_length=200, default="", blank=True)
    role = models.CharField(max_length=10, choices=Role, default=Role.REQUESTER)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "address"],
                condition=~Q(address=""),
                name="one_participant_per_address",
            )
        ]

    def __str__(self) -> str:
        return self.name or self.address


class Follower(models.Model):
    """A person of the company who wants to hear of a conversation."""

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="followers"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "user"], name="follow_once")]

    def __str__(self) -> str:
        return f"{self.user} follows {self.conversation_id}"


class Presence(models.Model):
    """That somebody has a conversation open now; older than twenty seconds it says nothing."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="present")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    is_writing = models.BooleanField(default=False)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "user"], name="present_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.conversation_id}"


class ConversationLink(models.Model):
    """Two conversations that have to do with one another."""

    first = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="link_once"),
            models.CheckConstraint(condition=Q(first__lt=models.F("second")), name="link_ordered"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} and {self.second_id}"


class ConversationEvent(models.Model):
    """What happened to a conversation, in its order: assigned, routed, snoozed, merged, warned.

    `detail` holds what the sentence is made from; of a routing decision it holds every input, so
    that it can be explained and replayed.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=30)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    actor_name = models.CharField(max_length=200, default="", blank=True)
    sentence = models.CharField(max_length=500)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["conversation", "at", "id"], name="events_of_conversation"),
            models.Index(fields=["kind", "at"], name="events_by_kind"),
        ]

    def __str__(self) -> str:
        return self.sentence


class ConversationMerge(models.Model):
    """One conversation taken into another, with what is needed to take it back."""

    survivor = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="merges")
    absorbed = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    before = models.JSONField()  # ids of moved messages, participants, clocks; fields of both
    merged_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["absorbed"], condition=Q(undone_at__isnull=True), name="merged_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.absorbed_id} into {self.survivor_id}"


class Notice(models.Model):
    """Something in a conversation that a person should look at: a mention, a promise at risk."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=30)
    sentence = models.CharField(max_length=300)
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["user", "-at"], condition=Q(seen_at__isnull=True), name="notices_unseen"
            )
        ]

    def __str__(self) -> str:
        return self.sentence


class BulkChange(models.Model):
    """One change to many conversations, with what each was before, so that it can be taken back.

    Done as a job it has parts, each of some of the conversations and in one transaction.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    action = models.JSONField()  # {"do": ..., ...} as it was asked for
    before = models.JSONField(default=list)  # one dictionary for each conversation that changed
    part_of = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="parts")
    ids = models.JSONField(default=list)  # of the conversations to be changed, where it is a job
    job_id = models.BigIntegerField(null=True)  # that does it, or takes it back
    undone_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.action} of {len(self.before)}"
