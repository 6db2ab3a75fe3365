from django.db import migrations, models

MAKE_ANEW = "UPDATE insight_statecursor SET refreshed_at = NULL"
"""The next refresh fills the new column, from the orders."""


class Migration(migrations.Migration):
    dependencies = [("insight", "0004_descriptions_and_spend")]

    operations = [
        migrations.AddField(
            model_name="valuestate",
            name="entries",
            field=models.BinaryField(db_default=b""),
        ),
        migrations.AlterField(
            model_name="valuestate",
            name="first_day",
            field=models.IntegerField(null=True),
        ),
        migrations.AlterField(
            model_name="valuestate",
            name="last_day",
            field=models.IntegerField(null=True),
        ),
        migrations.RunSQL(MAKE_ANEW, migrations.RunSQL.noop),
    ]
