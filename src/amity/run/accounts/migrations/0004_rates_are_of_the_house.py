"""What an hour costs moves to the kernel, where every capability reads it."""

from django.db import migrations

MOVE = (
    "INSERT INTO access_costrate (user_id, role, hour_minor) "
    "SELECT user_id, role, hour_minor FROM accounts_costrate"
)


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0004_cost_rates"),
        ("accounts", "0003_bookings"),
    ]

    operations = [
        migrations.RunSQL(MOVE),
        migrations.DeleteModel(name="CostRate"),
    ]
