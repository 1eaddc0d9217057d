"""The application that a server runs: `wsgi:app`."""

import os
import sys

from config import Config, ConfigError
from screening.app import create_app, create_for_translators
from screening.arbiter import wait_for_files
from screening.authoring.yaml_document import BadQuestions
from screening.commands.error_handling import explain_failure

# What the site writes is for its owner alone.
os.umask(0o077)

try:
    config = Config.from_environment()
    try:
        app = create_app(config)
    except BadQuestions:
        # Whoever has just changed the English sends it to translators before the site can serve it.
        if "questions translate" not in " ".join(sys.argv):
            raise
        app = create_for_translators(config)
except (BadQuestions, ConfigError, OSError) as error:
    reason = explain_failure(error) if isinstance(error, OSError) else str(error)
    wait_for_files(reason)
    # Whoever starts it reads what to mend, not a traceback.
    sys.exit(reason)
