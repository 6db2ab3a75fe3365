from django.db import migrations

from amity.kernel.policy import immutable


def forwards(apps, schema_editor):
    immutable.install(schema_editor.connection)


def backwards(apps, schema_editor):
    immutable.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("policy", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
